// Reads a source in parts of equal size (the last may be shorter), all in one buffer. If the connection breaks, the download resumes at
// the start of the current part, provided that the source supports it.

import { reasonOf } from "../core/generation/errors.ts";
import { withStallTimeout } from "../outbound/deadlines.ts";
import type { Loan } from "./memory.ts";
import type { OpenResult, OpenVideo, VideoSource } from "./source.ts";

/** R2 requires parts of at least 5 MiB, all the same size except the last, and at most 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;

/** Minimum bytes per read from a fast source. If it then delivers less within `stallMs`, it counts as stalled. */
const MAX_MIN_READ_BYTES = 64 * 1024;

/** A read that takes less time than this marks the source as fast. */
const FAST_READ_MS = 250;

/** Resumes allowed per part. */
const MAX_RESUMES = 3;

/** Pause before the second resume of a part, doubled before the third. The first resume is immediate. */
const RESUME_PAUSE_MS = 500;

/** The source cannot be read further. `result` is the result of the copy. */
export class SourceFailed extends Error {
  readonly result: Exclude<OpenResult, OpenVideo>;

  constructor(result: Exclude<OpenResult, OpenVideo>) {
    super(result.message);
    this.result = result;
  }
}

export interface Part {
  /** Valid until the next part is requested. */
  readonly part: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
}

/** The video to download. */
export interface Download {
  readonly from: VideoSource;
  readonly url: string;
  readonly signal: AbortSignal;
}

interface ReadOptions {
  readonly stallMs: number;
  readonly loan: Loan;
}

/** Yields full parts, then a last one that may be empty. */
export async function* partsOf(
  first: OpenVideo,
  { from, url, signal }: Download,
  { stallMs, loan }: ReadOptions,
): AsyncGenerator<Part, void, void> {
  let source = first;
  let reader = source.body.getReader({ mode: "byob" });
  let buffer = memoryFor(source, loan);
  let offset = 0;
  let resumes = 0;

  async function resumed(cause: unknown): Promise<OpenVideo> {
    const { resumeTag: tag } = source;
    let message = `GET ${new URL(url).host}: ${reasonOf(cause)}`;
    // At offset 0 any version of the video will do, so no tag is needed.
    while ((offset === 0 || tag !== null) && resumes < MAX_RESUMES) {
      await new Promise((resolve) => setTimeout(resolve, RESUME_PAUSE_MS * resumes));
      resumes++;
      loan.renew();
      const again = await from.open(url, signal, offset === 0 || tag === null ? undefined : { offset, tag });
      if (again.kind === "open") return again;
      if (again.kind !== "interrupted") throw new SourceFailed(again);
      message = again.message;
    }
    throw new SourceFailed({ kind: "interrupted", message });
  }

  try {
    for (;;) {
      let filled: Filled;
      try {
        filled = await fill(reader, buffer, { stallMs, loan, signal });
        checkLength(source, offset + filled.part.byteLength, filled.ended);
      } catch (cause) {
        signal.throwIfAborted();
        await reader.cancel().catch(() => {});
        source = await resumed(cause);
        reader = source.body.getReader({ mode: "byob" });
        // The failed read has detached the buffer.
        buffer = memoryFor(source, loan);
        continue;
      }
      const { part, ended } = filled;
      buffer = part.buffer;
      yield { part, last: ended };
      if (ended) return;
      offset += part.byteLength;
      resumes = 0;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** One extra byte, so that reading a small video reaches its end within one part. */
function memoryFor({ length }: OpenVideo, loan: Loan): ArrayBuffer {
  const bytes = length === null ? PART_BYTES : Math.min(PART_BYTES, length + 1);
  loan.resize(bytes);
  return new ArrayBuffer(bytes);
}

function checkLength({ length }: OpenVideo, bytes: number, ended: boolean): void {
  if (length === null || (ended ? bytes === length : bytes <= length)) return;
  throw new Error(`got ${bytes} bytes, expected ${length}`);
}

interface Filled {
  readonly part: Uint8Array<ArrayBuffer>;
  readonly ended: boolean;
}

/** Fills the buffer. Times out only after `stallMs` without progress, however slow the source is. */
function fill(
  reader: ReadableStreamBYOBReader,
  room: ArrayBuffer,
  { stallMs, signal, loan }: ReadOptions & { readonly signal: AbortSignal },
): Promise<Filled> {
  const capacity = room.byteLength;
  let buffer = room;
  let filled = 0;
  // A read shows progress only when it returns, so a slow source is read in small steps and a fast one in large ones.
  let atLeast = 1;
  async function readOn(onProgress: () => void): Promise<Filled> {
    while (filled < capacity) {
      signal.throwIfAborted();
      loan.renew();
      const rest = new Uint8Array(buffer, filled);
      const askedAt = Date.now();
      const { done, value } = await reader.readAtLeast(Math.min(atLeast, rest.byteLength), rest);
      onProgress();
      atLeast = Date.now() - askedAt < FAST_READ_MS ? Math.min(atLeast * 8, MAX_MIN_READ_BYTES) : 1;
      if (value !== undefined) {
        // The read has transferred the memory to a new ArrayBuffer.
        buffer = value.buffer;
        filled += value.byteLength;
      }
      if (done || value.byteLength === 0) return { part: new Uint8Array(buffer, 0, filled), ended: true };
    }
    return { part: new Uint8Array(buffer, 0, filled), ended: false };
  }
  return withStallTimeout(readOn, stallMs, `stalled for ${stallMs / 1000} s`);
}
