// Limits the size of errors, which repeat what the caller or the provider sent.

import type { FieldError } from "../contract/problem.ts";
import { cutText } from "../core/text.ts";

/** In UTF-16 code units. */
const MAX_REPEATED_LENGTH = 200;

/** Maximum number of errors in an answer. */
export const MAX_ERRORS = 100;

// In bytes of JSON. A problem whose errors and detail have these sizes is smaller than 16 kB, other fields included.
const MAX_ERRORS_BYTES = 10_000;
const MAX_DETAIL_BYTES = 4_000;

/** In bytes of JSON, of one error. */
const MAX_MESSAGE_BYTES = 2_000;

/** Errors that the detail repeats. */
const MAX_ERRORS_IN_DETAIL = 5;

/** Makes a text from outside fit to be repeated in an error: well-formed, and at most 200 characters. */
export function repeated(text: string): string {
  return text.length > MAX_REPEATED_LENGTH ? `${cutText(text, MAX_REPEATED_LENGTH - 1)}…` : text.toWellFormed();
}

/** JSON Pointer (RFC 6901), cut like any repeated text. Reads no more of a long name than it shows. */
export function pointerTo(path: readonly PropertyKey[]): string {
  let pointer = "";
  for (const part of path) {
    const name = String(part).slice(0, MAX_REPEATED_LENGTH);
    pointer += `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (pointer.length > MAX_REPEATED_LENGTH) break;
  }
  return repeated(pointer);
}

/** The first errors, as many as an answer has room for. */
export function listedErrors(all: readonly FieldError[]): FieldError[] {
  const listed: FieldError[] = [];
  let bytes = 0;
  for (const { pointer, message } of all.slice(0, MAX_ERRORS)) {
    const error = { pointer: repeated(pointer), message: cutToBytes(message, MAX_MESSAGE_BYTES) };
    bytes += bytesOf(error) + 1;
    if (bytes > MAX_ERRORS_BYTES) break;
    listed.push(error);
  }
  return listed;
}

/** Describes the first errors and counts the others. */
export function detailOf(all: readonly FieldError[], listed: readonly FieldError[]): string {
  const named = listed
    .slice(0, MAX_ERRORS_IN_DETAIL)
    .map(({ pointer, message }) => `${pointer || "the body"}: ${message}`);
  const others = all.length - named.length;
  const omitted = all.length - listed.length;
  const more = others === 0 ? "" : `; and ${others} more${omitted === 0 ? "" : `, ${omitted} of which are not listed`}`;
  return cutToBytes(named.join("; "), MAX_DETAIL_BYTES - more.length) + more;
}

/** Cuts the detail of any problem. */
export function limitedDetail(detail: string): string {
  return cutToBytes(detail, MAX_DETAIL_BYTES);
}

/** Cuts text so that it takes at most `most` bytes in JSON, not counting its quotes. The result is well-formed. */
function cutToBytes(text: string, most: number): string {
  let cut = cutText(text, most);
  // Each round removes at least one character, and half of them if they take twice the bytes.
  for (let bytes = bytesOf(cut) - 2; bytes > most; bytes = bytesOf(cut) - 2) {
    cut = cutText(cut, Math.min(cut.length - 1, Math.floor((cut.length * most) / bytes)));
  }
  return cut;
}

function bytesOf(value: object | string): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}
