// Parses a JSON body of up to 32 MiB with little more memory than its bytes and its values: long data URIs are decoded
// from the bytes one by one, so that the text of the whole body never exists.

import { LimitReached, type LongString, scanJson } from "./json-scan.ts";

/**
 * Limit for all data URIs with characters outside ASCII, which RFC 2397 does not provide for. The runtime uses two
 * bytes for every character of a string as soon as one of them is outside Latin-1, and four while it decodes the
 * string.
 */
const MAX_UNICODE_BYTES = 256 * 1024;

const TOO_MUCH_UNICODE = `must have only ASCII in data URIs of more than ${MAX_UNICODE_BYTES} bytes in all`;

/**
 * Detaches `buffer`.
 *
 * @throws LimitReached, TypeError if it is not UTF-8, SyntaxError if it is not JSON.
 */
export function parseJson(buffer: ArrayBuffer, length: number): unknown {
  const bytes = withoutMark(new Uint8Array(buffer, 0, length));
  const mark = `${crypto.randomUUID()}:`;
  const { frame, longStrings } = scanJson(bytes, mark);
  const unread = new Set(longStrings);
  let unicodeBytes = 0;
  const text = decode(frame);
  const value = longStrings.length === 0 ? JSON.parse(text) : JSON.parse(text, restored);
  // If a name is repeated, only its last value is restored. The others must be valid, too.
  for (const each of unread) textOf(each);
  // Frees the memory now rather than at garbage collection.
  buffer.transfer(0);
  return value;

  function restored(_name: string, each: unknown): unknown {
    if (typeof each !== "string" || !each.startsWith(mark)) return each;
    const found = longStrings[Number(each.slice(mark.length))];
    if (found === undefined) return each;
    unread.delete(found);
    return textOf(found);
  }

  function textOf({ start, end }: LongString): string {
    const content = bytes.subarray(start, end);
    if (isAscii(content)) return decode(unescapeInPlace(content));
    unicodeBytes += content.byteLength;
    if (unicodeBytes > MAX_UNICODE_BYTES) throw new LimitReached(TOO_MUCH_UNICODE);
    return JSON.parse(decode(bytes.subarray(start - 1, end + 1)));
  }
}

function withoutMark(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/** The character of each escape but `\u`, by the byte after the backslash. 0 if there is no such escape. */
const ESCAPES = new Uint8Array(256);
for (const [name = "", character = ""] of ['""', "\\\\", "//", "b\b", "f\f", "n\n", "r\r", "t\t"]) {
  ESCAPES[name.charCodeAt(0)] = character.charCodeAt(0);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Whether the content of a string is ASCII, escapes included. */
function isAscii(content: Uint8Array): boolean {
  for (let at = 0; at < content.byteLength; at++) {
    const byte = content[at] as number;
    if (byte > 0x7f) return false;
    if (byte !== BACKSLASH) continue;
    at++;
    if (content[at] === LOWER_U && codeUnitAt(content, at + 1) > 0x7f) return false;
  }
  return true;
}

/** Replaces each escape by its character, which is ASCII. The result is never longer than the content. */
function unescapeInPlace(content: Uint8Array): Uint8Array {
  const first = content.indexOf(BACKSLASH);
  if (first === -1) return content;
  let to = first;
  for (let at = first; at < content.byteLength; ) {
    const byte = content[at++] as number;
    if (byte !== BACKSLASH) {
      content[to++] = byte;
      continue;
    }
    const name = content[at++] ?? 0;
    const character = name === LOWER_U ? codeUnitAt(content, at) : (ESCAPES[name] as number);
    if (name === LOWER_U) at += 4;
    else if (character === 0) throw new SyntaxError("an unknown escape");
    content[to++] = character;
  }
  return content.subarray(0, to);
}

/** Reads four hexadecimal digits. */
function codeUnitAt(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let digit = at; digit < at + 4; digit++) code = code * 16 + hexadecimal(bytes[digit] ?? 0);
  return code;
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  if (lower < 0x61 || lower > 0x66) throw new SyntaxError("an incomplete escape");
  return lower - 0x57;
}
