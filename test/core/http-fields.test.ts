import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_RETRY_AFTER_MS,
  parseContentLength,
  parseContentRange,
  parseCount,
  parseDecimal,
  parseHttpDate,
  parseRange,
  parseRetryAfter,
} from "../../src/core/http-fields.ts";

const NOW = Date.UTC(2026, 10, 22, 12);

describe("an HTTP date", () => {
  it.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sunday, 06-Nov-94 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sun Nov  6 08:49:37 1994", Date.UTC(1994, 10, 6, 8, 49, 37)],
    ["Sun Nov 16 08:49:37 1994", Date.UTC(1994, 10, 16, 8, 49, 37)],
    // A two-digit year is the nearest that is at most 50 years ahead.
    ["Sunday, 22-Nov-26 12:00:00 GMT", NOW],
    ["Sunday, 22-Nov-76 12:00:00 GMT", Date.UTC(2076, 10, 22, 12)],
    ["Sunday, 22-Nov-77 12:00:00 GMT", Date.UTC(1977, 10, 22, 12)],
    // A leap second, and the last day of a leap year's February.
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
    ["Thu, 29 Feb 2024 00:00:00 GMT", Date.UTC(2024, 1, 29)],
    ["Sat, 01 Jan 0001 00:00:00 GMT", Date.parse("0001-01-01T00:00:00Z")],
    [" Sun, 06 Nov 1994 08:49:37 GMT\t", Date.UTC(1994, 10, 6, 8, 49, 37)],
  ])("%j is read", (text, expected) => {
    expect(parseHttpDate(text, NOW)).toBe(expected);
  });

  it.each([
    null,
    undefined,
    "",
    "0",
    "40.5",
    "nonsense 2099",
    "2026-11-22T12:00:00Z",
    "Sun, 22 Nov 2026 12:00:00",
    "Sun, 22 Nov 2026 12:00:00 UTC",
    "Sun, 22 Nov 2026 12:00:00 +0000",
    "Sun, 22 nov 2026 12:00:00 GMT",
    "Sun, 2 Nov 2026 12:00:00 GMT",
    "Sun, 22 Nov 26 12:00:00 GMT",
    "Sun, 31 Nov 2026 12:00:00 GMT",
    "Sun, 00 Nov 2026 12:00:00 GMT",
    "Thu, 29 Feb 2026 12:00:00 GMT",
    "Sun, 22 Nov 2026 24:00:00 GMT",
    "Sun, 22 Nov 2026 12:60:00 GMT",
    "Sun, 22 Nov 2026 12:00:61 GMT",
    "Sun, 22 Nov 2026 12:00:00 GMT, Sun, 22 Nov 2026 12:00:00 GMT",
  ])("%j is unreadable", (text) => {
    expect(parseHttpDate(text, NOW)).toBeNull();
  });

  it("is read correctly for any time", () => {
    const time = fc.integer({ min: 0, max: 253_402_300_799 });
    fc.assert(
      fc.property(time, (seconds) => {
        const date = new Date(seconds * 1000);
        expect(parseHttpDate(date.toUTCString(), NOW)).toBe(date.getTime());
      }),
    );
  });
});

describe("Retry-After", () => {
  it.each([
    ["120", 120_000],
    ["0", 0],
    [" 7\t", 7_000],
    ["40.5", 40_500],
    ["0.0001", 1],
    ["86401", MAX_RETRY_AFTER_MS],
    ["9".repeat(15), MAX_RETRY_AFTER_MS],
    ["Sun, 22 Nov 2026 12:01:00 GMT", 60_000],
    ["Sunday, 22-Nov-26 12:01:00 GMT", 60_000],
    ["Sun Nov 22 12:01:00 2026", 60_000],
    ["Sun, 22 Nov 2026 11:59:00 GMT", 0],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_MS],
    ["-5", null],
    ["+5", null],
    ["5s", null],
    ["5,0", null],
    ["5, 5", null],
    [".5", null],
    ["5.", null],
    ["1e3", null],
    ["0x10", null],
    ["Infinity", null],
    ["soon", null],
    // A number of seconds, not a year.
    ["2030", 2_030_000],
    ["2026-11-22T12:01:00Z", null],
    ["", null],
    [null, null],
  ])("%j is %j ms", (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });

  it("never leads to a wait outside the bounds", () => {
    const odd = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."0123456789.,-+eE:; GMTSunNov\t") }),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.bigInt().map(String),
    );
    fc.assert(
      fc.property(odd, fc.integer({ min: 0, max: 4e12 }), (header, now) => {
        const wait = parseRetryAfter(header, now) ?? 0;
        expect(Number.isSafeInteger(wait) && wait >= 0 && wait <= MAX_RETRY_AFTER_MS).toBe(true);
      }),
    );
  });
});

describe("Content-Length", () => {
  it.each([
    ["0", 0],
    ["42", 42],
    ["42, 42", 42],
    ["42,43", null],
    ["-1", null],
    ["4 2", null],
    ["4e2", null],
    ["9007199254740993", null],
    ["", null],
    [null, null],
  ])("%j is %j", (header, expected) => {
    expect(parseContentLength(header)).toBe(expected);
  });
});

describe("Content-Range", () => {
  it.each([
    ["bytes 0-9/10", { kind: "part", first: 0, last: 9, size: 10 }],
    ["Bytes 5-9/10", { kind: "part", first: 5, last: 9, size: 10 }],
    ["BYTES\t5-9/*", { kind: "part", first: 5, last: 9, size: null }],
    ["bytes 0 - 9 / 10", { kind: "part", first: 0, last: 9, size: 10 }],
    ["bytes */10", { kind: "unsatisfied", size: 10 }],
    ["bytes */*", null],
    ["bytes 0-10/10", null],
    ["bytes 9-0/10", null],
    ["bytes=0-9/10", null],
    ["bytes 0-9", null],
    ["bytes -9/10", null],
    ["seconds 0-9/10", null],
    ["bytes 0-9007199254740993/9007199254740994", null],
    ["bytes 0-9/9007199254740993", null],
    ["", null],
    [null, null],
  ])("%j is %j", (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });
});

describe("a header with many spaces in the middle", () => {
  /** Callers, receivers and hosts can send one. Reading this one in quadratic time exceeds the test's timeout. */
  const long = (first: string) => `${first}${" \t".repeat(120_000)}x`;

  it("is refused in linear time", () => {
    expect(parseRetryAfter(long("1"), 0)).toBeNull();
    expect(parseHttpDate(long("Sun, 06 Nov 1994"), 0)).toBeNull();
    expect(parseContentLength(long("1"))).toBeNull();
    expect(parseContentRange(long("bytes 0-1"))).toBeNull();
    expect(parseRange(long("bytes=0-1"))).toBeNull();
    expect([parseCount(long("1")), parseDecimal(long("1"))]).toEqual([null, null]);
  });
});

describe("numbers", () => {
  it.each([
    ["7", 7, 7],
    ["007", 7, 7],
    ["7.5", null, 7.5],
    ["-7", null, null],
    ["1e3", null, null],
    ["9007199254740991", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["9007199254740993", null, null],
    ["9".repeat(400), null, null],
    ["٧", null, null],
    ["\u00a07", null, null],
    ["", null, null],
    [" ", null, null],
    [null, null, null],
  ])("%j is the count %j and the decimal %j", (text, count, decimal) => {
    expect([parseCount(text), parseDecimal(text)]).toEqual([count, decimal]);
  });

  it("are read from generated text exactly and without throwing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.bigInt().map(String), fc.double().map(String)), (text) => {
        for (const parse of [parseCount, parseContentLength]) {
          const count = parse(text);
          expect(count === null || (Number.isSafeInteger(count) && count >= 0)).toBe(true);
        }
        parseRange(`bytes=${text}`);
        parseContentRange(`bytes ${text}`);
        const decimal = parseDecimal(text);
        expect(decimal === null || Number.isFinite(decimal)).toBe(true);
      }),
    );
  });
});
