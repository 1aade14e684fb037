// Reads a source in parts of equal size (the last may be shorter), reusing one buffer. If the connection breaks, or an
// answer ends before the video does, the download resumes at the next byte if the source supports it.

import type { Interrupted } from "../core/generation/action.ts";
import { reasonOf } from "../core/generation/errors.ts";
import type { Loan } from "../memory/lender.ts";
import { BodyReader, CHUNK_BYTES } from "./body.ts";
import { LEAST_BYTES_PER_SECOND, Pace } from "./pace.ts";
import type { OpenVideo, Resume, SourceProblem, VideoSource } from "./source.ts";

/** R2 requires parts of at least 5 MiB, all the same size except the last, and at most 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;

/** Consecutive requests without progress after a broken transfer. */
const MAX_RESUMES = 3;

/** Consecutive requests without progress after an answer that ended early. Some hosts limit the size of an answer. */
const MAX_SHORT_ANSWERS = 100;

/** New bytes that count as progress. */
const PROGRESS_BYTES = 64 * 1024;

/** Pause before the second resume without progress, doubled before the third. The first resume is immediate. */
const RESUME_PAUSE_MS = 500;

/** A longer `Retry-After` is left to the next copy, because a copy that waits occupies memory. */
const MAX_RESUME_PAUSE_MS = 30_000;

/** Bytes that a copy may skip because the source sends them again. */
const MAX_SURPLUS_BYTES = 1024 * 1024 * 1024;

/** Thrown if the source cannot be read further. `result` is the result of the copy. */
export class SourceFailed extends Error {
  readonly result: SourceProblem;

  constructor(result: SourceProblem) {
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

/** Yields full parts, then a last part that may be empty. */
export async function* partsOf(
  first: OpenVideo,
  { from, url, signal }: Download,
  { stallMs, loan }: ReadOptions,
): AsyncGenerator<Part, void, void> {
  let source = first;
  let part = await allocate(source, loan);
  let body = readerOf(source, part);
  /** Position of the part in the video, and how much of it has been read. */
  let offset = 0;
  let filled = 0;
  /** Bytes of the body to skip, and how many were skipped so far. */
  let surplus = 0;
  let skipped = 0;
  /** Requests since the last progress, and the position in the video at that time. */
  let requests = 0;
  let reached = 0;
  const pace = new Pace(Date.now);

  /** Reads until the part is full. @returns whether the body has ended. */
  async function readOn(): Promise<boolean> {
    while (filled < part.byteLength) {
      signal.throwIfAborted();
      loan.renew();
      const bytes = await body.read(surplus + part.byteLength - filled, stallMs);
      if (bytes === null) return true;
      if (pace.add(bytes.byteLength) && loan.isWanted) {
        const message = `${source.call}: slower than ${LEAST_BYTES_PER_SECOND / 1024} KiB/s while other copies wait`;
        throw new SourceFailed({ kind: "interrupted", message });
      }
      const known = Math.min(surplus, bytes.byteLength);
      part.set(bytes.subarray(known), filled);
      surplus -= known;
      filled += bytes.byteLength - known;
      const expected = source.end ?? source.length;
      if (expected !== null && offset + filled > expected) {
        const message = `${source.call}: more than the expected ${expected} bytes`;
        throw new SourceFailed({ kind: "interrupted", message });
      }
    }
    return false;
  }

  /** Requests the rest, or within the first part the whole video. @throws SourceFailed if the copy must start over. */
  async function goOn(problem: Interrupted, wasBroken: boolean): Promise<void> {
    await body.cancel();
    if (offset + filled >= reached + PROGRESS_BYTES) [reached, requests] = [offset + filled, 0];
    let [failure, isBroken] = [problem, wasBroken];
    let resume = resumeAt(offset + filled, source, isBroken);
    for (;;) {
      const pauseMs = isBroken ? Math.max(RESUME_PAUSE_MS * requests, failure.retryAfterMs ?? 0) : 0;
      const isUseless = resume === null && (offset > 0 || !isBroken);
      const isTooOften = requests >= (isBroken ? MAX_RESUMES : MAX_SHORT_ANSWERS);
      if (isUseless || isTooOften || pauseMs > MAX_RESUME_PAUSE_MS) throw new SourceFailed(failure);
      requests++;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      signal.throwIfAborted();
      loan.renew();
      const again = await from.open(url, signal, resume ?? undefined);
      if (again.kind === "open") return accept(again);
      if (again.kind !== "interrupted") throw new SourceFailed(again);
      [failure, isBroken] = [again, true];
      // Nothing has been stored before the first part is full, so any version of the video can be used.
      if (offset === 0) resume = null;
    }
  }

  async function accept(again: OpenVideo): Promise<void> {
    skipped += again.surplus ?? 0;
    if ((again.surplus === null && offset > 0) || skipped > MAX_SURPLUS_BYTES) {
      await again.body.cancel().catch(() => {});
      const message = `${again.call}: sent the video from its beginning instead of the rest`;
      throw new SourceFailed({ kind: "interrupted", message });
    }
    if (again.surplus === null) {
      filled = 0;
      part = await allocate(again, loan);
    }
    source = again;
    surplus = again.surplus ?? 0;
    body = readerOf(again, part);
  }

  try {
    for (;;) {
      let ended: boolean;
      try {
        ended = await readOn();
        if (ended) checkEnd(source, offset + filled);
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof SourceFailed) throw cause;
        await goOn({ kind: "interrupted", message: `${source.call}: ${reasonOf(cause)}` }, true);
        continue;
      }
      if (ended && source.end !== null) {
        await goOn({ kind: "interrupted", message: `${source.call}: only the first ${source.end} bytes` }, false);
        continue;
      }
      const fullAt = Date.now();
      yield { part: part.subarray(0, filled), last: ended };
      pace.exclude(Date.now() - fullAt);
      if (ended) return;
      offset += filled;
      filled = 0;
    }
  } finally {
    await body.cancel();
  }
}

/** Bytes of memory to read a video with: for a part, and for a chunk of the body. */
export function memoryFor({ length }: OpenVideo): number {
  const part = partBytesFor(length);
  return part + Math.min(CHUNK_BYTES, part);
}

/** One extra byte, so that reading a small video reaches its end within one part. */
function partBytesFor(length: number | null): number {
  return length === null ? PART_BYTES : Math.min(PART_BYTES, length + 1);
}

async function allocate(source: OpenVideo, loan: Loan): Promise<Uint8Array<ArrayBuffer>> {
  if (!loan.resize(memoryFor(source))) {
    await source.body.cancel().catch(() => {});
    const message = `${source.call}: the video is larger than before, and other copies have the memory`;
    throw new SourceFailed({ kind: "interrupted", message });
  }
  return new Uint8Array(partBytesFor(source.length));
}

function readerOf({ body }: OpenVideo, part: Uint8Array): BodyReader {
  return new BodyReader(body, Math.min(CHUNK_BYTES, part.byteLength));
}

/** The request for the rest of the video; null if the source does not support it. */
function resumeAt(offset: number, { length, version }: OpenVideo, isBroken: boolean): Resume | null {
  const canResume = version !== null && version.ifRange !== null;
  // If the length is unknown, the next request finds out whether the video has ended.
  const isEndUnknown = !isBroken && length === null;
  return offset > 0 && (canResume || isEndUnknown) ? { offset, length, version } : null;
}

function checkEnd({ end, length }: OpenVideo, bytes: number): void {
  const expected = end ?? length;
  if (expected !== null && bytes !== expected) throw new Error(`got ${bytes} bytes, expected ${expected}`);
}
