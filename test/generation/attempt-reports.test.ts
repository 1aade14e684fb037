import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AttemptReports } from "../../src/generation/attempt-reports.ts";
import type { AttemptReport } from "../../src/generation/ports.ts";

const SCOPE = { account: "acme", mode: "live" } as const;

const attempt = (deliveryId: string) => ({ deliveryId }) as AttemptReport;

/** Collects the calls to the account: the ids of the deliveries in each. */
function reporting() {
  const calls: string[][] = [];
  const accounts = {
    reportAttempts: async (_: unknown, attempts: readonly AttemptReport[]) => {
      calls.push(attempts.map(({ deliveryId }) => deliveryId));
    },
  };
  return {
    calls,
    reports: new AttemptReports(
      () => accounts,
      () => {},
    ),
  };
}

describe("attempts", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("that end within 20 ms are reported in one call, and later ones in another", async () => {
    const { calls, reports } = reporting();
    reports.add(SCOPE, attempt("a"), false);
    await vi.advanceTimersByTimeAsync(19);
    reports.add(SCOPE, attempt("b"), false);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toEqual([["a", "b"]]);
    reports.add(SCOPE, attempt("c"), false);
    await vi.advanceTimersByTimeAsync(20);
    expect(calls).toEqual([["a", "b"], ["c"]]);
  });

  it("that are urgent are reported at once, with those that wait, and none is reported twice", async () => {
    const { calls, reports } = reporting();
    reports.add(SCOPE, attempt("a"), false);
    reports.add(SCOPE, attempt("b"), true);
    expect(calls).toEqual([["a", "b"]]);
    await vi.advanceTimersByTimeAsync(20);
    expect(calls).toEqual([["a", "b"]]);
  });
});
