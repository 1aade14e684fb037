import { describe, expect, it } from "vitest";
import { backoff, honoringRetryAfter, jittered, MAX_RETRY_AFTER_MS, parseRetryAfter } from "../../src/core/backoff.ts";

describe("jitter", () => {
  it("stays within 20 % either way and is the delay itself in the middle", () => {
    expect([0, 0.5, 0.999_999].map((random) => jittered(10_000, random))).toEqual([8_000, 10_000, 12_000]);
  });
});

describe("backoff", () => {
  it("doubles from the first to the most", () => {
    const waits = [1, 2, 3, 4, 5, 60].map((failures) => backoff({ firstMs: 1_000, mostMs: 9_000 }, failures, 0.5));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 9_000, 9_000]);
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 22, 12);
  it.each([
    ["120", 120_000],
    ["0", 0],
    ["-5", -5_000],
    [" 7 ", 7_000],
    ["Sun, 22 Nov 2026 12:01:00 GMT", 60_000],
    ["Sun, 22 Nov 2026 11:59:00 GMT", -60_000],
    ["soon", null],
    ["", null],
    [null, null],
  ])("%j is read as %j ms", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it.each([
    ["none", null, 5_000],
    ["negative", -1, 5_000],
    ["shorter than our own", 1_000, 5_000],
    ["longer than our own", 60_000, 60_000],
    ["absurd", 9e15, MAX_RETRY_AFTER_MS],
    ["not a number", Number.NaN, 5_000],
  ])("when %s, the wait is sane", (_, retryAfterMs, expected) => {
    expect(honoringRetryAfter(5_000, retryAfterMs, 0)).toBe(expected);
  });

  it("of those who were told the same time is not the same", () => {
    expect([0, 0.5, 1].map((random) => honoringRetryAfter(5_000, 60_000, random))).toEqual([60_000, 66_000, 72_000]);
  });
});
