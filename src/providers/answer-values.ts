// Counts the values of an answer before it is parsed: 6 MiB of `[` become 90 MB of arrays, in memory that all
// generations of an isolate share.

/** Real answers have a few dozen, and a page of the log a few thousand. */
export const MAX_ANSWER_VALUES = 100_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `,`, `[` and `{`. Each value but the first comes after one of them, or after a name. */
const SEPARATORS: ReadonlySet<number> = new Set([0x2c, 0x5b, 0x7b]);

/** Whether JSON has too many values to be parsed. Bytes that are not JSON are counted in the same way. */
export function hasTooManyValues(json: Uint8Array): boolean {
  let values = 1;
  let isText = false;
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at] as number;
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === BACKSLASH ? 1 : 0;
    else if (SEPARATORS.has(byte) && ++values > MAX_ANSWER_VALUES) return true;
  }
  return false;
}
