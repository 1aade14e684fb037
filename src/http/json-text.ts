// Bytes of a large JSON body as text, in one byte a character. The runtime needs two for each as soon as one lies beyond
// Latin-1: a body of 32 MiB would take 64 for a single letter in its prompt, where JSON can say the same in ASCII.

const BACKSLASH = 0x5c;

/** The first byte of what lies beyond Latin-1 is none of these. */
const LAST_LATIN1_LEAD = 0xc3;

/** What callers write has no more; what is large is base64. */
const MAX_ESCAPES = 100_000;

/** Two bytes become six, and four become twelve. */
const MOST_GROWTH = 4;

/** Takes the memory of the bytes over. @throws TypeError for what is not UTF-8, SyntaxError for what is no JSON. */
export function jsonText(buffer: ArrayBuffer, length: number): string {
  const bytes = withoutMark(new Uint8Array(buffer, 0, length));
  const { units, isLatin1 } = unitsBeyondAscii(bytes);
  // A text that is mostly of such letters is shorter as it is.
  const asItIs = isLatin1 || units > MAX_ESCAPES || 8 * units > bytes.byteLength;
  const read = asItIs ? bytes : escaped(bytes, bytes.byteLength + MOST_GROWTH * units);
  if (read !== bytes) buffer.transfer(0);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read);
  // At once, and not when it is collected: parsing needs that room.
  (read === bytes ? buffer : read.buffer).transfer(0);
  return text;
}

function withoutMark(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** How many UTF-16 code units stand outside ASCII, at most. */
function unitsBeyondAscii(bytes: Uint8Array): { readonly units: number; readonly isLatin1: boolean } {
  let units = 0;
  let isLatin1 = true;
  // By its index: an iterator takes most of a second for 32 MiB.
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
      // Escaped once more, it would turn into something that can be read.
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
