// Scans the bytes of a JSON body once, before anything is built from them: 32 MiB of `[` as arrays would take a
// gigabyte. The scan counts values, levels and text, and separates the long data URIs from the rest, the frame. It
// accepts every valid JSON text within the limits. Other text may pass, and fails when parsed.

import { DATA_URI } from "../core/data-uri.ts";
import { MAX_INPUT_LENGTH, TOO_LONG } from "./prepared-input.ts";

// Levels of nesting, and values in all. No valid request comes near these limits.
const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;

/**
 * Everything but data URIs and whitespace. Room for {@link MAX_INPUT_LENGTH} escapes of six bytes, and for the other
 * fields. prepared-input.ts counts exactly.
 */
const MAX_FRAME_BYTES = 8 * MAX_INPUT_LENGTH;

/** Longer data URIs are separated from the frame, so that it has room for as many short ones as there may be values. */
const LONG_BYTES = 256;

/** Longer than any text that DATA_URI matches, with room for escapes. */
const HEAD_BYTES = 600;

/** The body exceeds a limit, whether or not it is JSON. */
export class LimitReached extends Error {}

/** Position in the body of a string's content, without its quotes. */
export interface LongString {
  readonly start: number;
  readonly end: number;
}

export interface ScannedJson {
  /** The body, with whitespace collapsed and each long string replaced by one that consists of `mark` and its index. */
  readonly frame: Uint8Array;
  readonly longStrings: readonly LongString[];
}

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** @throws LimitReached, or SyntaxError if it is certainly not JSON. */
export function scanJson(bytes: Uint8Array, mark: string): ScannedJson {
  const scan = new Scan(bytes, mark);
  while (scan.hasMore()) scan.readToken();
  return scan.result();
}

class Scan {
  readonly #bytes: Uint8Array;
  readonly #mark: string;
  readonly #frame: Uint8Array;
  readonly #longStrings: LongString[] = [];
  /** The kind of each open value, outermost first: 1 for an object, 0 for a list. */
  readonly #isObject = new Uint8Array(MAX_DEPTH + 2);
  #at = 0;
  #framed = 0;
  #depth = 0;
  #values = 0;
  #expectsName = false;

  constructor(bytes: Uint8Array, mark: string) {
    this.#bytes = bytes;
    this.#mark = mark;
    this.#frame = new Uint8Array(Math.min(bytes.byteLength, MAX_FRAME_BYTES));
  }

  hasMore(): boolean {
    return this.#at < this.#bytes.byteLength;
  }

  result(): ScannedJson {
    return { frame: this.#frame.subarray(0, this.#framed), longStrings: this.#longStrings };
  }

  readToken(): void {
    const from = this.#at;
    switch (this.#bytes[from]) {
      case SPACE:
      case LINE_FEED:
      case CARRIAGE_RETURN:
      case TAB:
        this.#keep(SPACE);
        this.#at = endOfWhitespace(this.#bytes, from);
        return;
      case QUOTE:
        this.#readString();
        return;
      case OPEN_OBJECT:
        this.#open(1);
        return;
      case OPEN_LIST:
        this.#open(0);
        return;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#depth = Math.max(0, this.#depth - 1);
        this.#expectsName = false;
        break;
      case COMMA:
        this.#expectsName = this.#isObject[this.#depth] === 1;
        break;
      case COLON:
        this.#expectsName = false;
        break;
      default:
        this.#count();
        this.#at = endOfScalar(this.#bytes, from);
        this.#append(this.#bytes.subarray(from, this.#at));
        return;
    }
    this.#keep(this.#bytes[from]);
  }

  #open(isObject: 0 | 1): void {
    this.#count();
    this.#depth++;
    this.#isObject[this.#depth] = isObject;
    this.#expectsName = isObject === 1;
    this.#keep(isObject === 1 ? OPEN_OBJECT : OPEN_LIST);
  }

  #readString(): void {
    const from = this.#at;
    const start = from + 1;
    const end = endOfString(this.#bytes, start);
    this.#at = end + 1;
    // A name counts with its value.
    if (!this.#expectsName) this.#count();
    const isLong =
      !this.#expectsName &&
      end - start > LONG_BYTES &&
      isDataUri(this.#bytes.subarray(start, Math.min(end, start + HEAD_BYTES)));
    if (!isLong) {
      this.#append(this.#bytes.subarray(from, this.#at));
      return;
    }
    this.#append(new TextEncoder().encode(`"${this.#mark}${this.#longStrings.length}"`));
    this.#longStrings.push({ start, end });
  }

  #count(): void {
    if (this.#depth > MAX_DEPTH) throw new LimitReached(`must have at most ${MAX_DEPTH} levels of nesting`);
    this.#values++;
    if (this.#values > MAX_VALUES) throw new LimitReached(`must have at most ${MAX_VALUES} values`);
  }

  /** Moves on by one byte, which is part of the frame. */
  #keep(byte = 0): void {
    if (this.#framed === this.#frame.byteLength) throw new LimitReached(TOO_LONG);
    this.#frame[this.#framed++] = byte;
    this.#at++;
  }

  #append(piece: Uint8Array): void {
    if (this.#framed + piece.byteLength > this.#frame.byteLength) throw new LimitReached(TOO_LONG);
    this.#frame.set(piece, this.#framed);
    this.#framed += piece.byteLength;
  }
}

/** @param head start of the string's JSON. Encoders for PHP and .NET escape the slash and the plus sign. */
function isDataUri(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head)
    .replaceAll("\\/", "/")
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return DATA_URI.test(text);
}

// These loops are indexed, because an iterator takes most of a second for 32 MiB.

/** The index of the closing quote. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.byteLength; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
    else if (byte < SPACE) throw new SyntaxError("a control character in a string");
  }
  throw new SyntaxError("a string without an end");
}

function endOfWhitespace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.byteLength && isWhitespace(bytes[at] as number)) at++;
  return at;
}

/** The end of a number, a word, or anything else outside strings. */
function endOfScalar(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.byteLength && !isWhitespace(bytes[at] as number) && !isStructural(bytes[at] as number)) at++;
  return at;
}

function isWhitespace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

function isStructural(byte: number): boolean {
  return (
    byte === QUOTE ||
    byte === COMMA ||
    byte === COLON ||
    byte === OPEN_LIST ||
    byte === CLOSE_LIST ||
    byte === OPEN_OBJECT ||
    byte === CLOSE_OBJECT
  );
}
