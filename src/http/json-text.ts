// Decodes a large JSON body with one byte of memory per character. The runtime uses two bytes for every character of a
// string as soon as one character is outside Latin-1, so such characters are turned into JSON escapes first.

const BACKSLASH = 0x5c;

/** UTF-8 lead bytes above this one encode characters outside Latin-1. */
const LAST_LATIN1_LEAD = 0xc3;

/** Bounds the work. Only base64 makes a body large, and it is ASCII. */
const MAX_ESCAPES = 100_000;

/** Bytes added per UTF-16 code unit, at most: a two-byte character becomes a six-byte escape. */
const MOST_GROWTH = 4;

/** Detaches `buffer`. @throws TypeError if it is not UTF-8, SyntaxError if it is not JSON. */
export function jsonText(buffer: ArrayBuffer, length: number): string {
  const bytes = withoutMark(new Uint8Array(buffer, 0, length));
  const { units, isLatin1 } = unitsBeyondAscii(bytes);
  // Escapes would make a text that consists mostly of such characters larger.
  const asItIs = isLatin1 || units > MAX_ESCAPES || 8 * units > bytes.byteLength;
  const read = asItIs ? bytes : escaped(bytes, bytes.byteLength + MOST_GROWTH * units);
  if (read !== bytes) buffer.transfer(0);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read);
  // Frees the memory now rather than at garbage collection, because parsing needs it.
  (read === bytes ? buffer : read.buffer).transfer(0);
  return text;
}

function withoutMark(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** An upper bound of the UTF-16 code units outside ASCII. */
function unitsBeyondAscii(bytes: Uint8Array): { readonly units: number; readonly isLatin1: boolean } {
  let units = 0;
  let isLatin1 = true;
  // Indexed, because an iterator takes most of a second for 32 MiB.
  for (let at = 0; at < bytes.byteLength; at++) {
    const byte = Number(bytes[at]);
    if (byte < 0xc0) continue;
    units += byte < 0xf0 ? 1 : 2;
    if (byte > LAST_LATIN1_LEAD) isLatin1 = false;
  }
  return { units, isLatin1 };
}

function escaped(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  const ascii = new Uint8Array(most);
  let to = 0;
  for (let at = 0; at < bytes.byteLength; ) {
    const from = at;
    const isAscii = isAsciiAt(bytes, at);
    while (at < bytes.byteLength && isAsciiAt(bytes, at) === isAscii) at++;
    const run = bytes.subarray(from, at);
    if (isAscii) {
      ascii.set(run, to);
      to += run.byteLength;
    } else {
      // Another escape would turn this invalid JSON into valid JSON.
      if (isEscapedAt(bytes, from)) throw new SyntaxError("a backslash before what is not ASCII");
      to += encoder.encodeInto(escapes(decoder.decode(run)), ascii.subarray(to)).written;
    }
  }
  return ascii.subarray(0, to);
}

function isAsciiAt(bytes: Uint8Array, at: number): boolean {
  return Number(bytes[at]) < 0x80;
}

function isEscapedAt(bytes: Uint8Array, at: number): boolean {
  let before = at;
  while (bytes[before - 1] === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

function escapes(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
    "",
  );
}
