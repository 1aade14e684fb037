// Reads dates, numbers and ranges in HTTP headers, strictly by the grammar of RFC 9110. JavaScript's own parsers guess:
// `Date.parse` reads "40.5" as a day in May 2040, and a wrong guess can mean a wait of years.

/** Longer `Retry-After` values are capped at this. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Reads a `Retry-After` header (section 10.2.3): seconds, which some servers send with a fraction, or an HTTP date.
 *
 * @returns milliseconds to wait from `now`, capped at {@link MAX_RETRY_AFTER_MS}; 0 for a date in the past; null if the
 * header is absent or unreadable.
 */
export function parseRetryAfter(header: string | null, now: number): number | null {
  const seconds = parseDecimal(header);
  const at = seconds === null ? parseHttpDate(header, now) : now + seconds * 1000;
  return at === null ? null : Math.ceil(Math.min(Math.max(at - now, 0), MAX_RETRY_AFTER_MS));
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";

/** The three date formats of section 5.6.7: the preferred format, and two obsolete ones that recipients must accept. */
const DATES = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * Reads an HTTP date. Does not check that the day of the week matches the date.
 *
 * @param now decides the century of a two-digit year: a year more than 50 years ahead is taken as one in the past.
 * @returns milliseconds since the Unix epoch; null if the header is absent or is not an existing date.
 */
export function parseHttpDate(header: string | null | undefined, now: number): number | null {
  const text = trimmed(header);
  const found = DATES.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return null;
  const [day, hour, minute, second] = [found["day"], found["hour"], found["minute"], found["second"]].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const month = MONTHS.indexOf(found["month"] ?? "");
  const year = fullYear(found["year"] ?? "", now);
  // 60 is a leap second. Unix time has none, so it becomes the next second.
  if (hour > 23 || minute > 59 || second > 60) return null;
  const time = new Date(0);
  time.setUTCFullYear(year, month, day);
  if (time.getUTCMonth() !== month || time.getUTCDate() !== day) return null;
  return time.setUTCHours(hour, minute, second);
}

function fullYear(digits: string, now: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}

/** Reads `Content-Length` (section 8.6), which may be repeated. Null if absent, unreadable or contradictory. */
export function parseContentLength(header: string | null): number | null {
  const lengths = new Set((header ?? "").split(",").map(trimmed));
  const [length = ""] = lengths;
  return lengths.size === 1 ? parseCount(length) : null;
}

/** A `Content-Range` header (section 14.4). `size` is null if the sender does not know it. */
export type ContentRange =
  | { readonly kind: "part"; readonly first: number; readonly last: number; readonly size: number | null }
  | { readonly kind: "unsatisfied"; readonly size: number };

/** Spaces around the separators are accepted, as browsers do. */
const CONTENT_RANGE = /^bytes[ \t]+(?:(\d+)[ \t]*-[ \t]*(\d+)|\*)[ \t]*\/[ \t]*(\d+|\*)$/i;

/** Reads `Content-Range`. Null if absent, unreadable or contradictory, or if the unit is not bytes. */
export function parseContentRange(header: string | null): ContentRange | null {
  const [, from = "", to = "", of = ""] = CONTENT_RANGE.exec(trimmed(header)) ?? [];
  const size = parseCount(of);
  if (from === "") return size === null ? null : { kind: "unsatisfied", size };
  const [first, last] = [parseCount(from), parseCount(to)];
  if (first === null || last === null || last < first || (of !== "*" && (size === null || last >= size))) return null;
  return { kind: "part", first, last, size };
}

/** The range of a `Range` header (section 14.1.2). `last` is null for a range to the end. */
export type AskedRange =
  | { readonly kind: "from"; readonly first: number; readonly last: number | null }
  | { readonly kind: "suffix"; readonly length: number };

/** Reads `Range`. Null if absent or unreadable, if it has several ranges, or if the unit is not bytes. */
export function parseRange(header: string | null | undefined): AskedRange | null {
  const [, from = "", to = ""] = /^bytes=[ \t]*(\d*)-(\d*)$/i.exec(trimmed(header)) ?? [];
  // A number too large to be exact is beyond the end of any file.
  const [first, last] = [from, to].map((digits) =>
    digits === "" ? null : Math.min(Number(digits), Number.MAX_SAFE_INTEGER),
  );
  if (first == null) return last == null ? null : { kind: "suffix", length: last };
  return last != null && last < first ? null : { kind: "from", first, last: last ?? null };
}

/** Reads a whole number in decimal digits. Null if absent, unreadable or too large to be exact. */
export function parseCount(text: string | null | undefined): number | null {
  const digits = trimmed(text);
  const count = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  return Number.isSafeInteger(count) ? count : null;
}

/** Reads a number in decimal digits, with or without a fraction. Null if absent, unreadable or above 2^53 - 1. */
export function parseDecimal(text: string | null | undefined): number | null {
  const digits = trimmed(text);
  const number = /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : Number.NaN;
  return number <= Number.MAX_SAFE_INTEGER ? number : null;
}

/**
 * Removes spaces and tabs from both ends (section 5.6.3). `trim` would also remove other whitespace, and `/[ \t]+$/`
 * takes seconds for a header of 100 kB with many spaces in the middle.
 */
function trimmed(text: string | null | undefined): string {
  if (text == null) return "";
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
