// Copies a video of any size into R2 through one buffer. What ends within the buffer is a single put; what does not is a
// multipart upload whose parts pass through that same buffer. Whether the length is known makes no difference.
// Nothing counts as stored before it is whole: length checked, SHA-256 known.

import { reasonOf } from "../core/errors.ts";
import { toHex } from "../keys.ts";
import type { CopyOrder, CopyResult, OpenVideo } from "../ports.ts";
import { sniffVideo } from "./sniff.ts";

/** R2 wants parts of at least 5 MiB, equal but for the last, and at most 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;

/** Read at once, so that a source slower than this in STALL_MS counts as broken. */
const READ_BYTES = 256 * 1024;

const STALL_MS = 30_000;

class Interrupted extends Error {}
class Rejected extends Error {}

export async function copyVideo(bucket: R2Bucket, order: CopyOrder, stallMs = STALL_MS): Promise<CopyResult> {
  try {
    const source = await order.from.open(order.url, order.signal);
    if (source.kind !== "open") return source;
    return await copyOpen(bucket, order, source, stallMs);
  } catch (cause) {
    const kind = cause instanceof Rejected ? "rejected" : "interrupted";
    return { kind, message: reasonOf(cause) };
  }
}

async function copyOpen(bucket: R2Bucket, order: CopyOrder, source: OpenVideo, stallMs: number): Promise<CopyResult> {
  const { key, maxBytes, onProgress, signal } = order;
  if (source.length !== null && source.length > maxBytes) {
    await source.body.cancel().catch(() => {});
    throw new Rejected(`The video has ${source.length} bytes, more than the limit of ${maxBytes}.`);
  }
  const parts = partsOf(source, { stallMs, signal });
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  // Awaited at the end only; a failure before that must not count as unhandled.
  digest.digest.catch(() => {});
  let upload: R2MultipartUpload | null = null;
  try {
    const uploaded: R2UploadedPart[] = [];
    let bytes = 0;
    let options: R2PutOptions & R2MultipartOptions = {};
    let contentType = "";
    for await (const { part, last } of parts) {
      if (bytes === 0) {
        if (part.byteLength === 0) throw new Rejected("The provider's video is empty.");
        const sniffed = sniffVideo(part);
        if (sniffed === null) throw new Rejected("What the provider gave is not a video.");
        contentType = sniffed;
        options = { httpMetadata: { contentType }, customMetadata: { ...order.metadata } };
      }
      bytes += part.byteLength;
      if (bytes > maxBytes) throw new Rejected(`The video has more than the limit of ${maxBytes} bytes.`);
      if (last && source.length !== null && bytes !== source.length) {
        throw new Interrupted(`The video ended after ${bytes} of ${source.length} bytes.`);
      }
      await hash.write(part);
      if (last && upload === null) await bucket.put(key, part, options);
      else {
        upload ??= await bucket.createMultipartUpload(key, options);
        if (part.byteLength > 0) uploaded.push(await upload.uploadPart(uploaded.length + 1, part));
        if (last) await upload.complete(uploaded);
      }
      onProgress({ bytes, totalBytes: source.length });
    }
    await hash.close();
    return { kind: "stored", video: { key, bytes, contentType, sha256: toHex(await digest.digest) } };
  } catch (cause) {
    await hash.abort(cause).catch(() => {});
    await upload?.abort().catch(() => {});
    throw cause;
  } finally {
    await parts.return(undefined);
  }
}

interface Part {
  readonly part: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
}

/** Full parts and a last one, perhaps empty, all views of the same memory: each is valid until the next is asked for. */
async function* partsOf(
  source: OpenVideo,
  { stallMs, signal }: { stallMs: number; signal: AbortSignal },
): AsyncGenerator<Part, void, void> {
  const reader = source.body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(PART_BYTES);
  try {
    for (let ended = false; !ended; ) {
      let filled = 0;
      while (filled < PART_BYTES && !ended) {
        signal.throwIfAborted();
        const room = new Uint8Array(buffer, filled);
        const read = await unlessStalled(reader.readAtLeast(Math.min(READ_BYTES, room.byteLength), room), stallMs);
        ended = read.done || read.value.byteLength === 0;
        if (read.value === undefined) break;
        // Reading has moved the memory into a new object.
        buffer = read.value.buffer;
        filled += read.value.byteLength;
      }
      yield { part: new Uint8Array(buffer, 0, filled), last: ended };
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function unlessStalled<T>(reading: Promise<T>, stallMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Interrupted(`The video stalled for ${stallMs / 1000} s.`)), stallMs);
  });
  try {
    return await Promise.race([reading, stalled]);
  } finally {
    clearTimeout(timer);
  }
}
