// JSON of up to 32 MiB as a stream, in pieces: a Worker has no room for a whole copy more.

import type { JsonValue } from "../core/generation/record.ts";

const PIECE_LENGTH = 256 * 1024;

/** Long texts, a copy of which as bytes a Worker has no room for, piece by piece. */
export function* textPieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + PIECE_LENGTH, text.length);
    // Not between the two halves of a character.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** JSON in pieces, without ever holding the whole: long strings in it go piece by piece. */
export function* jsonPieces(value: JsonValue): Generator<string> {
  const long: string[] = [];
  const mark = crypto.randomUUID();
  const frame = JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== "string" || each.length <= PIECE_LENGTH) return each;
    return `${mark}${long.push(each) - 1}`;
  });
  for (const [at, part] of frame.split(new RegExp(`${mark}(\\d+)`)).entries()) {
    // Every other part is the number of a long string, between its quotes.
    if (at % 2 === 0) yield part;
    else for (const piece of textPieces(long[Number(part)] ?? "")) yield JSON.stringify(piece).slice(1, -1);
  }
}

/** A stream that says how long it is, as R2 wants it; `done` rejects when it is not read to its end. */
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
