// The state of a generation, in the words of the AI SDK.

import { connectionFailed } from "../errors.ts";
import { isFinal } from "../generation-events.ts";
import type { Reelhook } from "../reelhook.ts";
import type { Generation } from "../types.ts";
import type { JsonObject, ResponseInfo, StatusResult } from "./video-model.ts";

type Video = NonNullable<Generation["video"]>;

/** The `providerMetadata` of a generation. The SDK merges it into the metadata of earlier calls. */
export function metadataOf(generation: Generation): JsonObject {
  const { id, status, queue, progress, estimate, usage, error } = generation;
  return { id, status, queue, progress, estimate, usage, ...(error === null ? {} : { error }) };
}

/** @param download reads the bytes of the video. */
export async function statusOf(
  generation: Generation,
  response: ResponseInfo,
  download: (video: Video) => Promise<Uint8Array>,
): Promise<StatusResult> {
  const { id, status, video, error } = generation;
  const reelhook = metadataOf(generation);
  const shared = { providerMetadata: { reelhook }, response };
  if (!isFinal(generation)) return { ...shared, status: "pending" };
  if (status === "completed" && video !== null) {
    const data = await download(video);
    const videos = [{ type: "binary" as const, data, mediaType: video.content_type }];
    // With ids, because the SDK appends the videos of several generations to one list.
    const providerMetadata = { reelhook: { ...reelhook, videos: [{ id, ...video }] } };
    return { status: "completed", videos, warnings: [], providerMetadata, response };
  }
  if (status === "canceled" || error === null)
    return { ...shared, status: "error", error: `The generation ${id} was canceled.` };
  return { ...shared, status: "error", error: `The generation ${id} failed (${error.code}): ${error.message}` };
}

/**
 * Reads the whole video into memory.
 *
 * @throws ReelhookError if it is not the video that the generation describes.
 */
export async function downloadVideo(
  client: Reelhook,
  id: string,
  { bytes, sha256 }: Video,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const response = await client.generations.video(id, { signal });
  const whole = await response.arrayBuffer().catch((cause) => {
    signal?.throwIfAborted();
    throw connectionFailed(`The video of ${id} broke off`, cause);
  });
  if (whole.byteLength !== bytes)
    throw connectionFailed(`The video of ${id} has ${whole.byteLength} of ${bytes} bytes`);
  if (hex(await crypto.subtle.digest("SHA-256", whole)) !== sha256) {
    throw connectionFailed(`The video of ${id} does not have the SHA-256 of the generation`);
  }
  return new Uint8Array(whole);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
