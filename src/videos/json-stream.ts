// Streams JSON of up to 32 MiB in pieces, because a Worker has no memory for a second copy of it.

import type { JsonValue } from "../core/json.ts";
import { isHighSurrogate } from "../core/text.ts";

/** In UTF-16 code units. Larger pieces take longer to be collected as garbage. */
const PIECE_LENGTH = 32 * 1024;

/** Longer strings are kept out of the JSON that is held as one text. A body has at most 5,000 of them. */
const SHORT_LENGTH = 1_000;

/** Splits a long text into pieces that can be encoded one at a time. */
export function* textPieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + PIECE_LENGTH, text.length);
    // Do not split a surrogate pair.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
export const MAX_BYTES_PER_UNIT = 3;

/** Memory for one chunk. */
export function chunkMemory(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(MAX_BYTES_PER_UNIT * PIECE_LENGTH);
}

/**
 * Encodes pieces as UTF-8 in chunks of at most 96 KiB, all in the same memory: each chunk is valid until the next one
 * is taken. New memory for each would pile up until garbage collection.
 */
export function* encodedChunks(pieces: Iterable<string>, memory = chunkMemory()): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let filled = 0;
  for (const each of pieces) {
    for (const piece of textPieces(each)) {
      if (filled + MAX_BYTES_PER_UNIT * piece.length > memory.byteLength) {
        yield memory.subarray(0, filled);
        filled = 0;
      }
      filled += encoder.encodeInto(piece, memory.subarray(filled)).written;
    }
  }
  if (filled > 0) yield memory.subarray(0, filled);
}

/** Serializes a value to JSON in pieces, without holding the whole text. Long strings are split. */
export function* jsonPieces(value: JsonValue): Generator<string> {
  const long: string[] = [];
  const mark = crypto.randomUUID();
  const frame = JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== "string" || each.length <= SHORT_LENGTH) return each;
    return `${mark}${long.push(each) - 1}`;
  });
  for (const [at, part] of frame.split(new RegExp(`${mark}(\\d+)`)).entries()) {
    // Every second part is the index of a long string; the quotes are in its neighbors.
    if (at % 2 === 0) yield part;
    else for (const piece of textPieces(long[Number(part)] ?? "")) yield JSON.stringify(piece).slice(1, -1);
  }
}

/** A stream of known length, as R2 requires. */
export function jsonStream(value: JsonValue): {
  readonly body: ReadableStream<Uint8Array>;
  /** Rejects if the stream is not read to its end. */
  readonly done: Promise<void>;
  /** Aborts the stream, which frees the value. Does nothing if the stream has ended. */
  stop(reason: unknown): void;
} {
  let bytes = 0;
  for (const chunk of encodedChunks(jsonPieces(value))) bytes += chunk.byteLength;
  const { readable, writable } = new FixedLengthStream(bytes);
  const writer = writable.getWriter();
  const pour = async () => {
    for (const chunk of encodedChunks(jsonPieces(value))) await writer.write(chunk);
    await writer.close();
  };
  return { body: readable, done: pour(), stop: (reason) => void writer.abort(reason).catch(() => {}) };
}
