// Conditional requests and ranges for a resource that never changes: RFC 9110, sections 13 and 14.

import { type AskedRange, parseHttpDate, parseRange } from "../core/http-fields.ts";

export interface Representation {
  readonly size: number;
  /** Strong entity tag, quotes included. */
  readonly etag: string;
  /** Milliseconds since the Unix epoch. HTTP dates have whole seconds. */
  readonly modifiedAt: number;
}

export type Selection =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly offset: number; readonly length: number }
  | { readonly kind: "not_modified" }
  | { readonly kind: "precondition_failed" }
  | { readonly kind: "unsatisfiable" };

export interface ConditionalRequest {
  readonly method: string;
  header(name: string): string | undefined;
}

/** Evaluates the preconditions in the order of RFC 9110, section 13.2.2, and then the range. */
export function select(request: ConditionalRequest, representation: Representation): Selection {
  const ifMatch = request.header("if-match");
  const ifUnmodifiedSince = dateOf(request.header("if-unmodified-since"), representation);
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, representation.etag, "strong")) return { kind: "precondition_failed" };
  } else if (ifUnmodifiedSince !== null && seconds(representation) > ifUnmodifiedSince) {
    return { kind: "precondition_failed" };
  }
  const ifNoneMatch = request.header("if-none-match");
  const ifModifiedSince = dateOf(request.header("if-modified-since"), representation);
  if (ifNoneMatch !== undefined) {
    if (listsTag(ifNoneMatch, representation.etag, "weak")) return { kind: "not_modified" };
  } else if (ifModifiedSince !== null && seconds(representation) <= ifModifiedSince) {
    return { kind: "not_modified" };
  }
  // Ignores malformed ranges, other units and several ranges, as section 14.2 allows.
  const range = parseRange(request.header("range"));
  // Section 14.2 defines ranges for GET only.
  if (request.method !== "GET" || range === null) return { kind: "whole" };
  return isStillThat(request.header("if-range"), representation)
    ? selectRange(range, representation.size)
    : { kind: "whole" };
}

function selectRange(range: AskedRange, size: number): Selection {
  if (range.kind === "suffix") {
    const length = Math.min(range.length, size);
    return length === 0 ? { kind: "unsatisfiable" } : { kind: "part", offset: size - length, length };
  }
  const { first: offset, last } = range;
  const end = Math.min(last ?? size - 1, size - 1);
  return offset >= size ? { kind: "unsatisfiable" } : { kind: "part", offset, length: end - offset + 1 };
}

/** Section 13.1.5: true only for the strong tag or the exact date. */
function isStillThat(ifRange: string | undefined, representation: Representation): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return ifRange === representation.etag;
  return dateOf(ifRange, representation) === seconds(representation);
}

function listsTag(header: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (header.trim() === "*") return true;
  return [...header.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)].some(
    ([, weak, tag]) => tag === etag && (weak === undefined || comparison === "weak"),
  );
}

function seconds({ modifiedAt }: Representation): number {
  return Math.floor(modifiedAt / 1000);
}

/** In seconds; null if absent or invalid, which section 13.1.3 says to ignore. */
function dateOf(header: string | undefined, { modifiedAt }: Representation): number | null {
  const time = parseHttpDate(header, modifiedAt);
  return time === null ? null : time / 1000;
}
