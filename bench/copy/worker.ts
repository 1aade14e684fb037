// Copies a video from a URL into R2, with Reelhook's own copy or with a bare `put` of the body.

import { copyVideo } from "../../src/videos/copy.ts";
import { openRemoteVideo } from "../../src/videos/download.ts";
import type { VideoSource } from "../../src/videos/source.ts";

const rules = { allowLocal: true, ownOrigins: [] };
const send: typeof fetch = (input, init) => fetch(input, init);
const source: VideoSource = {
  open: (url, signal, resume) => openRemoteVideo(url, signal, { fetch: send, rules }, resume),
};

export default {
  async fetch(request, { VIDEOS }) {
    const { searchParams } = new URL(request.url);
    const [how, url = "", key = ""] = ["how", "url", "key"].map((name) => searchParams.get(name) ?? "");
    if (how === "bare") {
      const { body } = await fetch(url);
      const object = await VIDEOS.put(key, body);
      return Response.json({ bytes: object?.size });
    }
    const result = await copyVideo(VIDEOS, {
      from: source,
      url,
      key,
      maxBytes: 5 * 1024 ** 3,
      metadata: {},
      staleUpload: null,
      signal: new AbortController().signal,
      onUpload: () => {},
      onProgress: () => {},
    });
    return Response.json(result.kind === "stored" ? result.video : result);
  },
} satisfies ExportedHandler<{ VIDEOS: R2Bucket }>;
