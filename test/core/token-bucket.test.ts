import { describe, expect, it } from "vitest";
import { type Bucket, takeToken } from "../../src/core/token-bucket.ts";

const RULE = { size: 3, refillMs: 1_000 };
const T0 = 1_000_000;

/** Takes a token at each of these times. @returns the waits. */
function taking(...times: readonly number[]): number[] {
  let bucket: Bucket | null = null;
  return times.map((at) => {
    const taken = takeToken(bucket, RULE, T0 + at);
    bucket = taken.bucket;
    return taken.waitMs;
  });
}

describe("a token bucket", () => {
  it("gives as many tokens at once as it holds, then one each time it has refilled", () => {
    expect(taking(0, 0, 0, 0, 999, 1_000, 1_000, 2_500)).toEqual([0, 0, 0, 1_000, 1, 0, 1_000, 0]);
  });

  it("has a token exactly after the wait that it returned, however often it is asked meanwhile", () => {
    expect(taking(0, 0, 0, 1, 334, 667, 999, 1_000, 1_001)).toEqual([0, 0, 0, 999, 666, 333, 1, 0, 999]);
  });

  it("holds no more than its size, however long nothing was taken", () => {
    expect(taking(0, 0, 0, 9_999_999, 9_999_999, 9_999_999, 9_999_999)).toEqual([0, 0, 0, 0, 0, 0, 1_000]);
  });

  it("refills from the new time when the clock is set back", () => {
    expect(taking(0, 0, 0, -500_000, -499_500, -499_000)).toEqual([0, 0, 0, 1_000, 500, 0]);
  });
});
