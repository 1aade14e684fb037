// Reads the body of a download in chunks, and notices when it stalls.

import { withTimeout } from "../outbound/deadlines.ts";

/** Most memory for one read, in addition to a part. It is lost if the read fails. */
export const CHUNK_BYTES = 256 * 1024;

/** Minimum bytes per read from a fast source. If it then delivers less within `stallMs`, it counts as stalled. */
const MAX_MIN_READ_BYTES = 64 * 1024;

/** A read that takes less time than this marks the source as fast. */
const FAST_READ_MS = 250;

/** Reads a body in chunks, reusing the same memory. */
export class BodyReader {
  readonly #reader: ReadableStreamBYOBReader;
  #chunk: ArrayBuffer;
  // A read shows progress only when it returns, so a slow source is read in small steps and a fast one in large ones.
  #atLeast = 1;

  /** @param chunkBytes of memory for one read. */
  constructor(body: ReadableStream<Uint8Array>, chunkBytes: number) {
    this.#chunk = new ArrayBuffer(chunkBytes);
    this.#reader = body.getReader({ mode: "byob" });
  }

  /**
   * @param most maximum bytes to read.
   * @returns bytes that are valid until the next read; null at the end of the body.
   * @throws if the connection breaks, or after `stallMs` without progress.
   */
  async read(most: number, stallMs: number): Promise<Uint8Array | null> {
    const room = new Uint8Array(this.#chunk, 0, Math.min(most, this.#chunk.byteLength));
    const askedAt = Date.now();
    const reading = this.#reader.readAtLeast(Math.min(this.#atLeast, room.byteLength), room);
    const { value } = await withTimeout(reading, stallMs, `stalled for ${stallMs / 1000} s`);
    this.#atLeast = Date.now() - askedAt < FAST_READ_MS ? Math.min(this.#atLeast * 8, MAX_MIN_READ_BYTES) : 1;
    // The read has transferred the memory to a new ArrayBuffer.
    if (value !== undefined) this.#chunk = value.buffer as ArrayBuffer;
    return value === undefined || value.byteLength === 0 ? null : value;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
