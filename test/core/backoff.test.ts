import { describe, expect, it } from "vitest";
import { backoff, honoringRetryAfter, jittered } from "../../src/core/backoff.ts";
import { MAX_RETRY_AFTER_MS } from "../../src/core/http-fields.ts";

describe("jitter", () => {
  it("spreads the delay from 80 % to 120 %", () => {
    expect([0, 0.5, 0.999_999].map((random) => jittered(10_000, random))).toEqual([8_000, 10_000, 12_000]);
  });
});

describe("backoff", () => {
  it("doubles from firstMs up to mostMs", () => {
    const waits = [1, 2, 3, 4, 5, 60].map((failures) => backoff({ firstMs: 1_000, mostMs: 9_000 }, failures, 0.5));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 9_000, 9_000]);
  });
});

describe("Retry-After", () => {
  it.each([
    ["absent", null, 5_000],
    ["negative", -1, 5_000],
    ["shorter than the backoff", 1_000, 5_000],
    ["longer than the backoff", 60_000, 60_000],
    ["absurdly long", 9e15, MAX_RETRY_AFTER_MS],
    ["not a number", Number.NaN, 5_000],
  ])("is bounded by the backoff and the maximum when it is %s", (_, retryAfterMs, expected) => {
    expect(honoringRetryAfter(5_000, retryAfterMs, 0)).toBe(expected);
  });

  it("is jittered, so that callers given the same time do not come back together", () => {
    expect([0, 0.5, 1].map((random) => honoringRetryAfter(5_000, 60_000, random))).toEqual([60_000, 66_000, 72_000]);
  });
});
