import { describe, expect, it } from "vitest";
import { ReelhookError } from "../../../packages/reelhook/src/errors.ts";
import { isTemporary, type Tries, waitBeforeReopening, waitBeforeRetry } from "../../../packages/reelhook/src/retry.ts";

const error = (status: number | null, retryAfterMs: number | null = null, code: ReelhookError["code"] = "internal") =>
  new ReelhookError("It failed.", { status, code: status === null ? "connection_failed" : code, retryAfterMs });

const wait = (of: ReelhookError, tries: Partial<Tries> = {}, random = 0) =>
  waitBeforeRetry(of, { failed: 1, most: 5, isRepeatable: true, ...tries }, random);

describe("the wait before a call is repeated", () => {
  it("doubles with each failure, to 8 seconds at most", () => {
    const waits = [1, 2, 3, 4, 5, 6, 2_000].map((failed) => wait(error(500), { failed, most: 3_000 }));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it("is up to a half shorter at random", () => {
    expect([wait(error(500), {}, 0.5), wait(error(500), {}, 1)]).toEqual([375, 250]);
  });

  it("is at least Retry-After, up to a minute, and a longer one is left to the caller", () => {
    const waits = [0, 3_000, 60_000, 60_001].map((ms) => wait(error(429, ms)));
    expect(waits).toEqual([500, 3_000, 60_000, null]);
  });

  it.each([
    [null, 500],
    [429, 500],
    [500, 500],
    [502, 500],
    [503, 500],
    [400, null],
    [401, null],
    [404, null],
    [409, null],
    [200, null],
    [302, null],
  ])("after status %s is %s ms", (status, ms) => {
    expect(wait(error(status))).toBe(ms);
  });

  it.each(["provider_unauthorized", "provider_not_configured", "misconfigured"] as const)(
    "does not follow %s",
    (code) => {
      expect(wait(error(503, null, code))).toBeNull();
    },
  );

  it("ends with the last try", () => {
    expect([4, 5].map((failed) => wait(error(503), { failed }))).toEqual([4_000, null]);
  });

  it("follows a call that could do something twice only if it was certainly refused", () => {
    const waits = [429, 503, null].map((status) => wait(error(status), { isRepeatable: false }));
    expect(waits).toEqual([500, null, null]);
  });
});

describe("the wait before a lost stream is opened again", () => {
  it("is at least Retry-After, a minute at most", () => {
    const waits = [null, 3_000, 3_600_000].map((ms) => waitBeforeReopening(error(503, ms), 1, 0));
    expect(waits).toEqual([500, 3_000, 60_000]);
  });
});

describe("a temporary failure", () => {
  it("is no error of the caller's code", () => {
    expect([new TypeError("no"), undefined, error(null)].map(isTemporary)).toEqual([false, false, true]);
  });

  it("is not the end of a wait", () => {
    expect(isTemporary(new ReelhookError("Late.", { status: null, code: "timed_out" }))).toBe(false);
  });
});
