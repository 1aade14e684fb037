// A source as parts of one size, all views of the same memory. A connection that breaks in the middle of a part goes on from
// the beginning of that part, where the source can.

import { reasonOf } from "../core/generation/errors.ts";
import { withStallTimeout } from "../outbound/deadlines.ts";
import type { Loan } from "./memory.ts";
import type { OpenResult, OpenVideo, VideoSource } from "./source.ts";

/** R2 wants parts of at least 5 MiB, equal but for the last, and at most 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;

/** What a fast source is asked for at once. A source that falls below so many bytes in a stall's time would count as broken. */
const MOST_AT_LEAST = 64 * 1024;

/** A read that takes less is one of a fast source. */
const BRISK_MS = 250;

/** For one part; a source that cannot bring 8 MiB in so many tries is no source. */
const MAX_RESUMES = 3;

/** Before the second resumption of a part; twice that before the third. */
const RESUME_PAUSE_MS = 500;

/** The source is not to be read any further, for a reason that the copy ends with. */
export class SourceFailed extends Error {
  readonly result: Exclude<OpenResult, OpenVideo>;

  constructor(result: Exclude<OpenResult, OpenVideo>) {
    super(result.message);
    this.result = result;
  }
}

export interface Part {
  /** Valid until the next is asked for. */
  readonly part: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
}

/** What is downloaded. */
export interface Download {
  readonly from: VideoSource;
  readonly url: string;
  readonly signal: AbortSignal;
}

interface ReadOptions {
  readonly stallMs: number;
  readonly loan: Loan;
}

/** Full parts and a last one, perhaps empty. */
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
    let message = reasonOf(cause);
    // From its beginning any version will do, and no tag is needed.
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
        // The memory went down with the read that failed.
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

/** One byte more than a small video has, so that its end is met within it. */
function memoryFor({ length }: OpenVideo, loan: Loan): ArrayBuffer {
  const bytes = length === null ? PART_BYTES : Math.min(PART_BYTES, length + 1);
  loan.resize(bytes);
  return new ArrayBuffer(bytes);
}

function checkLength({ length }: OpenVideo, bytes: number, ended: boolean): void {
  if (length === null || (ended ? bytes === length : bytes <= length)) return;
  throw new Error(`The video has ${bytes} bytes where ${length} were announced.`);
}

interface Filled {
  readonly part: Uint8Array<ArrayBuffer>;
  readonly ended: boolean;
}

/** Whatever moves is not broken, however slow: one watch looks over all reads of a part. */
function fill(
  reader: ReadableStreamBYOBReader,
  room: ArrayBuffer,
  { stallMs, signal, loan }: ReadOptions & { readonly signal: AbortSignal },
): Promise<Filled> {
  const capacity = room.byteLength;
  let buffer = room;
  let filled = 0;
  // What has come of a read shows only at its end: a slow source is asked for what is there, a fast one for more at once.
  let atLeast = 1;
  async function readOn(onProgress: () => void): Promise<Filled> {
    while (filled < capacity) {
      signal.throwIfAborted();
      loan.renew();
      const rest = new Uint8Array(buffer, filled);
      const askedAt = Date.now();
      const { done, value } = await reader.readAtLeast(Math.min(atLeast, rest.byteLength), rest);
      onProgress();
      atLeast = Date.now() - askedAt < BRISK_MS ? Math.min(atLeast * 8, MOST_AT_LEAST) : 1;
      if (value !== undefined) {
        // Reading has moved the memory into a new object.
        buffer = value.buffer;
        filled += value.byteLength;
      }
      if (done || value.byteLength === 0) return { part: new Uint8Array(buffer, 0, filled), ended: true };
    }
    return { part: new Uint8Array(buffer, 0, filled), ended: false };
  }
  return withStallTimeout(readOn, stallMs, `The video stalled for ${stallMs / 1000} s.`);
}
