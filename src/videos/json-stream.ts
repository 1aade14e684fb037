// Streams JSON of up to 32 MiB in pieces, because a Worker has no memory for a second copy of it.

import type { JsonValue } from "../core/generation/record.ts";
import { isHighSurrogate } from "../core/text.ts";

const PIECE_LENGTH = 256 * 1024;

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

/** Serializes a value to JSON in pieces, without holding the whole text. Long strings are split. */
export function* jsonPieces(value: JsonValue): Generator<string> {
  const long: string[] = [];
  const mark = crypto.randomUUID();
  const frame = JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== "string" || each.length <= PIECE_LENGTH) return each;
    return `${mark}${long.push(each) - 1}`;
  });
  for (const [at, part] of frame.split(new RegExp(`${mark}(\\d+)`)).entries()) {
    // Every second part is the index of a long string; the quotes are in its neighbors.
    if (at % 2 === 0) yield part;
    else for (const piece of textPieces(long[Number(part)] ?? "")) yield JSON.stringify(piece).slice(1, -1);
  }
}

/** A stream of known length, as R2 requires. `done` rejects if the stream is not read to its end. */
export function jsonStream(value: JsonValue): {
  readonly body: ReadableStream<Uint8Array>;
  readonly done: Promise<void>;
} {
  const encoder = new TextEncoder();
  let bytes = 0;
  for (const piece of jsonPieces(value)) bytes += encoder.encode(piece).byteLength;
  const { readable, writable } = new FixedLengthStream(bytes);
  const pour = async () => {
    const writer = writable.getWriter();
    for (const piece of jsonPieces(value)) await writer.write(encoder.encode(piece));
    await writer.close();
  };
  return { body: readable, done: pour() };
}
