// Conditional requests and ranges for a resource that never changes: RFC 9110, sections 13 and 14.

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
  const ifUnmodifiedSince = httpDate(request.header("if-unmodified-since"));
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, representation.etag, "strong")) return { kind: "precondition_failed" };
  } else if (ifUnmodifiedSince !== null && seconds(representation) > ifUnmodifiedSince) {
    return { kind: "precondition_failed" };
  }
  const ifNoneMatch = request.header("if-none-match");
  const ifModifiedSince = httpDate(request.header("if-modified-since"));
  if (ifNoneMatch !== undefined) {
    if (listsTag(ifNoneMatch, representation.etag, "weak")) return { kind: "not_modified" };
  } else if (ifModifiedSince !== null && seconds(representation) <= ifModifiedSince) {
    return { kind: "not_modified" };
  }
  const range = request.header("range");
  // Section 14.2 defines ranges for GET only.
  if (request.method !== "GET" || range === undefined) return { kind: "whole" };
  return isStillThat(request.header("if-range"), representation)
    ? selectRange(range, representation.size)
    : { kind: "whole" };
}

/** Ignores malformed ranges, other units and multiple ranges, as section 14.2 allows. */
function selectRange(header: string, size: number): Selection {
  const [, first = "", last = ""] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header.trim()) ?? [];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: "unsatisfiable" } : { kind: "part", offset: size - length, length };
  }
  const [offset, end] = [Number(first), last === "" ? size - 1 : Math.min(Number(last), size - 1)];
  if (last !== "" && Number(last) < offset) return { kind: "whole" };
  return offset >= size ? { kind: "unsatisfiable" } : { kind: "part", offset, length: end - offset + 1 };
}

/** Section 13.1.5: true only for the strong tag or the exact date. */
function isStillThat(ifRange: string | undefined, representation: Representation): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return ifRange === representation.etag;
  return httpDate(ifRange) === seconds(representation);
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

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const TIME = "\\d\\d:\\d\\d:\\d\\d";

/** Section 5.6.7: the preferred format and two obsolete ones. `Date.parse` alone would accept "nonsense 2099". */
const DATES = [
  new RegExp(`^${DAY}, \\d\\d ${MONTH} \\d{4} ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d\\d-${MONTH}-\\d\\d ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} [ \\d]\\d ${TIME} \\d{4}$`),
];

/** In seconds; null if absent or invalid, which section 13.1.3 says to ignore. */
function httpDate(header: string | undefined): number | null {
  if (header === undefined || !DATES.some((form) => form.test(header))) return null;
  const time = Date.parse(header.endsWith("GMT") ? header : `${header} GMT`);
  return Number.isNaN(time) ? null : Math.floor(time / 1000);
}
