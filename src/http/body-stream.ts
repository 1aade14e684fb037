// Reads the bytes of a request body into one buffer. Joining pieces at the end would hold the body twice, as the
// runtime's own `arrayBuffer()` does.

import { type BodyMemory, FREE_BYTES } from "./body-memory.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** Longest wait for the next bytes. */
const MAX_PAUSE_MS = 30_000;

/** Longest time for the whole body, so that one that trickles in does not occupy memory for hours. */
const MAX_READ_MS = 5 * 60_000;

export interface Bytes {
  readonly buffer: ArrayBuffer;
  readonly length: number;
}

interface ReadOptions {
  /** The body's length, which the platform enforces; null if unknown. */
  readonly length: number | null;
  readonly maxBytes: number;
  readonly memory: BodyMemory;
}

/** @throws Problem if the body is too large or too slow, breaks off, finds no memory, or has to give its memory back. */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  { length, maxBytes, memory }: ReadOptions,
): Promise<Bytes> {
  if (length !== null && length > maxBytes) throw tooLarge(maxBytes);
  if (body === null) return { buffer: new ArrayBuffer(0), length: 0 };
  if (length !== null) await memory.borrow(length);
  if (length !== null && length <= FREE_BYTES) return readSmall(body);
  const source = new Source(body);
  memory.onRecall((problem) => source.fail(problem));
  try {
    const bytes =
      length === null ? await readToEnd(source, maxBytes, memory) : await source.fill(new ArrayBuffer(length), 0);
    memory.settle(bytes.length);
    return bytes;
  } catch (cause) {
    source.cancel();
    throw cause;
  }
}

/** A body that borrows nothing: in one call, which costs much less than a reader of its own, and within 30 seconds. */
async function readSmall(body: ReadableStream<Uint8Array>): Promise<Bytes> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow()), MAX_PAUSE_MS);
  });
  try {
    const buffer = await Promise.race([new Response(body).arrayBuffer().catch(breakOff), late]);
    return { buffer, length: buffer.byteLength };
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

async function readToEnd(source: Source, maxBytes: number, memory: BodyMemory): Promise<Bytes> {
  let bytes = await source.fill(new ArrayBuffer(FREE_BYTES), 0);
  while (bytes.length === bytes.buffer.byteLength) {
    const { buffer, length } = bytes;
    if (length > maxBytes) throw tooLarge(maxBytes);
    const most = await memory.borrowFor(length);
    // One byte more than allowed shows that a body is too large. A large body gets its whole loan at once: growing in
    // steps copies, and memory that is not written to takes no room.
    const wanted = most >= maxBytes ? maxBytes + 1 : Math.min(2 * length, most);
    bytes = await source.fill(buffer.transfer(wanted), length);
  }
  return bytes;
}

/** The stream of a body, with limits on its time. */
class Source {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #until = Date.now() + MAX_READ_MS;
  /** Ends the pending read. */
  #reject: (cause: Problem) => void = () => {};

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader({ mode: "byob" });
  }

  /** Reads until the buffer is full or the body ends. Detaches `buffer`. */
  async fill(given: ArrayBuffer, from: number): Promise<Bytes> {
    let buffer = given;
    let length = from;
    while (length < buffer.byteLength) {
      const { done, value } = await this.#read(new Uint8Array(buffer, length));
      if (value !== undefined) {
        // Reading transfers the memory to a new buffer.
        buffer = value.buffer;
        length += value.byteLength;
      }
      if (done) break;
    }
    return { buffer, length };
  }

  /** Ends the pending read, if there is one. */
  fail(problem: Problem): void {
    this.#reject(problem);
  }

  /** Does not wait for the end of the cancellation: a stalled sender may not react to it. */
  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #read(into: Uint8Array<ArrayBuffer>) {
    const left = this.#until - Date.now();
    let timer: ReturnType<typeof setTimeout> | null = null;
    const failed = new Promise<never>((_, reject) => {
      this.#reject = reject;
      timer = setTimeout(() => reject(tooSlow()), Math.max(0, Math.min(left, MAX_PAUSE_MS)));
    });
    try {
      return await Promise.race([this.#reader.read(into).catch(breakOff), failed]);
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }
}

function breakOff(): never {
  throw invalidRequest([{ pointer: "", message: "must arrive in full" }]);
}

function tooSlow(): Problem {
  const message = `must arrive within ${MAX_READ_MS / 60_000} minutes, with no pause of ${MAX_PAUSE_MS / 1000} seconds`;
  return invalidRequest([{ pointer: "", message }]);
}

function tooLarge(maxBytes: number): Problem {
  const message = `must be at most ${maxBytes} bytes`;
  return new Problem("payload_too_large", `The body ${message}.`, { errors: [{ pointer: "", message }] });
}
