import { describe, expect, it } from "vitest";
import { microUsd } from "../../src/core/money/micro-usd.ts";
import { budgetExceeded } from "../../src/http/budget-problem.ts";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const TIMES = { now: NOW, retryMs: 10_000 };

const exceeded = (usd: { limit: number; committed: number; estimate: number | null }) =>
  budgetExceeded(
    {
      kind: "budget_exceeded",
      period: "day",
      limit: microUsd(usd.limit) ?? 0,
      committed: microUsd(usd.committed) ?? 0,
      estimate: usd.estimate === null ? null : microUsd(usd.estimate),
      endsAt: Date.parse("2026-11-28"),
    },
    TIMES,
  );

describe("the answer to a request over budget", () => {
  it.each([
    [
      { limit: 50, committed: 49.5, estimate: 0.75 },
      "This generation is estimated at $0.75, but $49.50 of the budget of $50.00 a day is spent or reserved.",
    ],
    [
      { limit: 3, committed: 0, estimate: 5 },
      "This generation is estimated at $5.00, which is more than the whole budget of $3.00 a day, so it is always refused.",
    ],
    [
      { limit: 0.000001, committed: 1_234.5, estimate: null },
      "The whole budget of $0.000001 a day is spent or reserved.",
    ],
  ])("for %j says what does not fit", (usd, reason) => {
    const { message, headers, extras } = exceeded(usd);
    expect(message).toBe(`${reason} The budget resets at 2026-11-28T00:00:00.000Z.`);
    expect(headers).toEqual({ "retry-after": String(12 * 3600) });
    expect(extras).toEqual({ budget_resets_at: "2026-11-28T00:00:00.000Z" });
  });

  it.each(["unpriced_under_way", "must_run_alone"] as const)("for %s says to wait for the others", (kind) => {
    const { message, headers, extras } = budgetExceeded({ kind }, TIMES);
    expect(message).toMatch(/is not known/);
    expect(headers).toEqual({ "retry-after": "10" });
    expect(extras).toEqual({});
  });
});
