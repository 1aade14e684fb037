import { describe, expect, it } from "vitest";
import type { Goal } from "../../bench/bench.ts";
import { benchesIn } from "../../bench/benches.ts";
import { type Result, tableOf, verdictsOf } from "../../bench/report.ts";

const result = (own: readonly number[], other: readonly number[]): Result => ({
  at: "2026-11-27T00:00:00.000Z",
  machine: "a machine",
  title: "A bench",
  contenders: [
    { name: "Reelhook", figures: own.map((ms) => ({ ms })) },
    { name: "other", figures: other.map((ms) => ({ ms })) },
  ],
  calibrations: own.map(() => 50),
});

const verdict = (goal: Omit<Goal, "column">, own: readonly number[], other: readonly number[]) =>
  verdictsOf({ name: "a-bench", goals: [{ column: "ms", ...goal }] }, result(own, other))[0];

describe("verdictsOf", () => {
  it("compares within each round, and judges the median", () => {
    // In the second round, the machine was ten times slower.
    expect(verdict({ beside: "other", atMost: 0.5 }, [4, 40, 6], [10, 100, 10])).toMatchObject({
      figure: "0.40 (0.40 to 0.60)",
      isReached: true,
    });
  });

  it("judges the mean of two rounds", () => {
    expect(verdict({ atMost: 3 }, [2, 4], [])).toMatchObject({ isReached: true });
    expect(verdict({ atMost: 2.9 }, [2, 4], [])).toMatchObject({ isReached: false });
  });

  it("judges a difference as a difference", () => {
    const goal = { beside: "other", as: "difference", atMost: 50 } as const;
    expect(verdict(goal, [330], [284])).toMatchObject({ figure: "46", isReached: true });
    expect(verdict(goal, [335], [284])).toMatchObject({ figure: "51", isReached: false });
  });

  it("does not count a goal as reached that was not measured", () => {
    expect(verdict({ beside: "absent", atMost: 1 }, [1], [2])).toMatchObject({ figure: "–", isReached: false });
  });
});

describe("tableOf", () => {
  it("leaves out what a contender does not do", () => {
    const table = tableOf({}, result([10], [Number.NaN]));
    expect(table).toContain("| other | – |");
    expect(table).toContain("| *Reelhook ÷ other* |  |");
  });
});

describe.each([true, false])("benchesIn, with Redis: %s", (hasRedis) => {
  const nobody = { pid: 0, address: "", stop: async () => {} };
  const benches = benchesIn({ standIn: nobody, source: nobody, hasRedis, project: "." });

  it("has no two benches of one name", () => {
    const names = benches.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("sets goals only beside contenders that take part", () => {
    for (const { name, contenders, goals } of benches) {
      const names = [undefined, ...contenders.map((contender) => contender.name)];
      for (const { beside } of goals) expect(names, name).toContain(beside);
    }
  });
});
