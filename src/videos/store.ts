// Copies and deletes videos in R2 for a generation's object. Failures are returned, not thrown.

import type { ProviderName } from "../contract/words.ts";
import { toHex } from "../core/encoding.ts";
import type { JsonObject } from "../core/json.ts";
import type { VideoStore } from "../generation/ports.ts";
import { copyVideo } from "./copy.ts";
import { videoKey } from "./object-keys.ts";
import { abortUpload, isDone, withR2Timeout } from "./r2.ts";
import type { VideoSource } from "./source.ts";

/** @param sourceOf the source to download a provider's URLs from. */
export function videoStore(bucket: R2Bucket, sourceOf: (provider: ProviderName) => VideoSource): VideoStore {
  return {
    async copy({ id, scope, provider, model, input, ...order }) {
      const metadata = { generation: id, model, ...(await promptHash(input)) };
      return copyVideo(bucket, { ...order, from: sourceOf(provider), key: videoKey({ id, scope }), metadata });
    },
    async purge({ id, scope, openUpload }) {
      const key = videoKey({ id, scope });
      // Run both, even if one fails.
      const done = await Promise.allSettled([
        openUpload === null ? null : abortUpload(bucket, key, openUpload),
        withR2Timeout(bucket.delete(key)),
      ]);
      return done.every(({ status }) => status === "fulfilled");
    },
    delete: (key) => isDone(bucket.delete(key)),
  };
}

/** Identifies videos of the same prompt without revealing it. */
async function promptHash({ prompt }: JsonObject): Promise<{ readonly prompt_sha256?: string }> {
  if (typeof prompt !== "string") return {};
  return { prompt_sha256: toHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(prompt))) };
}
