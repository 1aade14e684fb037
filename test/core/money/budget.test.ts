import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, budgetRefusal, type Commitments, type Committed } from "../../../src/core/money/budget.ts";

const AT = Date.parse("2026-12-31T15:00:00Z");
const NEXT_DAY = Date.parse("2027-01-01");

const committed = (spent: number, reserved = 0): Committed => ({ spent, reserved });
const commitments = (change: Partial<Commitments> = {}): Commitments => ({
  ...{ day: committed(0), month: committed(0), underWay: 0, unpriced: 0 },
  ...change,
});
const budget = (change: Partial<Budget>): Budget => ({ day: null, month: null, ...change });

const refusal = (of: Budget, known: Partial<Commitments>, estimate: number | null) =>
  budgetRefusal(of, commitments(known), { estimate, at: AT });

const over = (period: "day" | "month", limit: number, { spent, reserved }: Committed, estimate: number | null) => ({
  kind: "budget_exceeded",
  period,
  limit,
  committed: spent + reserved,
  estimate,
  endsAt: NEXT_DAY,
});

describe.each(["day", "month"] as const)("a budget for a %s", (period) => {
  const limited = budget({ [period]: 100 });
  const other = period === "day" ? "month" : "day";

  it.each<[string, Committed, number | null, boolean]>([
    ["its whole amount", committed(0), 100, true],
    ["a micro-dollar more", committed(0), 101, false],
    ["all that is left after what was spent", committed(60), 40, true],
    ["a micro-dollar more than was left", committed(60), 41, false],
    ["all that is left after what is reserved", committed(30, 30), 40, true],
    ["a micro-dollar more than is not reserved", committed(30, 30), 41, false],
    ["nothing once it is used up", committed(100), 0, true],
    ["nothing once more than it is used up", committed(101), 0, false],
    ["a price that is not known, while anything is left", committed(99), null, true],
    ["a price that is not known, once it is spent", committed(100), null, false],
    ["a price that is not known, once it is reserved", committed(0, 100), null, false],
  ])("and %s", (_, known, estimate, fits) => {
    const underWay = 0;
    expect(refusal(limited, { [period]: known, underWay }, estimate)).toEqual(
      fits ? null : over(period, 100, known, estimate),
    );
  });

  it("does not count what is spent or reserved in the other period", () => {
    expect(refusal(limited, { [other]: committed(1_000) }, 100)).toBeNull();
  });
});

describe("a budget for both", () => {
  const both = budget({ day: 100, month: 1_000 });

  it.each<[string, Committed, Committed, ReturnType<typeof over> | null]>([
    ["both", committed(90), committed(990), null],
    ["neither", committed(100), committed(1_000), over("month", 1_000, committed(1_000), 10)],
    ["the day only", committed(90), committed(1_000), over("month", 1_000, committed(1_000), 10)],
    ["the month only", committed(100), committed(900), over("day", 100, committed(100), 10)],
  ])("with room in %s", (_, day, month, expected) => {
    expect(refusal(both, { day, month }, 10)).toEqual(expected);
  });

  it("says when the budget resets: for a month, at the start of the next one", () => {
    const at = Date.parse("2026-11-27T15:00:00Z");
    const ends = (of: Budget) => budgetRefusal(of, commitments(), { estimate: 1, at });
    expect(ends(budget({ day: 0 }))).toMatchObject({ endsAt: Date.parse("2026-11-28") });
    expect(ends(budget({ month: 0 }))).toMatchObject({ endsAt: Date.parse("2026-12-01") });
  });
});

describe("a generation whose price is not known", () => {
  const limited = budget({ day: 100, month: 100 });

  it("waits until no other is under way", () => {
    expect(refusal(limited, { underWay: 1 }, null)).toEqual({ kind: "must_run_alone" });
    expect(refusal(limited, { underWay: 0 }, null)).toBeNull();
  });

  it("blocks all others while it is under way, whether their price is known or not", () => {
    const known = { underWay: 1, unpriced: 1 };
    expect(refusal(limited, known, 1)).toEqual({ kind: "unpriced_under_way" });
    expect(refusal(limited, known, 0)).toEqual({ kind: "unpriced_under_way" });
    expect(refusal(limited, known, null)).toEqual({ kind: "unpriced_under_way" });
  });

  it("is refused because of the budget first, because that wait is longer", () => {
    expect(refusal(limited, { day: committed(100), underWay: 1, unpriced: 1 }, 1)).toEqual(
      over("day", 100, committed(100), 1),
    );
  });
});

it("generations that are accepted one after the other never exceed a budget", () => {
  const estimates = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 });
  const limit = fc.option(fc.integer({ min: 0, max: 300 }));
  fc.assert(
    fc.property(limit, limit, estimates, (day, month, wanted) => {
      let total = 0;
      for (const [count, estimate] of wanted.entries()) {
        // Every second generation has ended.
        const each = committed(Math.floor(total / 2), Math.ceil(total / 2));
        if (refusal({ day, month }, { day: each, month: each, underWay: count }, estimate) === null) total += estimate;
      }
      const least = Math.min(day ?? Number.POSITIVE_INFINITY, month ?? Number.POSITIVE_INFINITY);
      expect(total).toBeLessThanOrEqual(least);
      // Only what did not fit was refused.
      const sum = wanted.reduce((all, each) => all + each, 0);
      if (sum <= least) expect(total).toBe(sum);
    }),
  );
});
