import { describe, expect, it } from "vitest";
import type { UsageView } from "../../../src/contract/usage.ts";
import { chartOf, datedDays, modelsOf } from "../../../src/dashboard/usage/stacks.ts";

type Row = UsageView["data"][number];

function row(day: string, model: string, usd: number, more: Partial<Row> = {}): Row {
  return { day, model, generations: 1, completed: 1, failed: 0, canceled: 0, credits: 0, usd, bytes: 10, ...more };
}

const DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"];
const ROWS = [row("2026-01-01", "a", 1), row("2026-01-01", "b", 2), row("2026-01-03", "a", 4, { generations: 3 })];

describe("the models", () => {
  it("have the sums of all days, the largest first, each with a color", () => {
    const [first, second] = modelsOf(ROWS, "usd");
    expect(first).toMatchObject({ model: "a", usd: 5, generations: 4, bytes: 20, color: 0 });
    expect(second).toMatchObject({ model: "b", usd: 2, generations: 1, color: 1 });
  });

  it("share a color after the fifth, and if they have cost nothing", () => {
    const many = Array.from({ length: 7 }, (_, index) => row("2026-01-01", `m${index}`, 10 - index));
    expect(modelsOf(many, "usd").map(({ color }) => color)).toEqual([0, 1, 2, 3, 4, null, null]);
    expect(modelsOf([row("2026-01-01", "a", 0)], "usd").map(({ color }) => color)).toEqual([null]);
  });
});

describe("the bars", () => {
  it("are one a day, stacked in the order of the models", () => {
    const { stacks } = chartOf(ROWS, { days: DAYS, models: modelsOf(ROWS, "usd"), measure: "usd" });
    expect(stacks).toEqual([
      {
        day: "2026-01-01",
        parts: [
          { color: 0, value: 1 },
          { color: 1, value: 2 },
        ],
        usd: 3,
        generations: 2,
      },
      { day: "2026-01-02", parts: [], usd: 0, generations: 0 },
      { day: "2026-01-03", parts: [{ color: 0, value: 4 }], usd: 4, generations: 3 },
    ]);
  });

  it("add up the models that share a color", () => {
    const many = Array.from({ length: 7 }, (_, index) => row("2026-01-01", `m${index}`, 1));
    const { stacks } = chartOf(many, { days: DAYS, models: modelsOf(many, "usd"), measure: "usd" });
    expect(stacks[0]?.parts.at(-1)).toEqual({ color: null, value: 2 });
  });

  it("count generations if there are no dollars", () => {
    const { stacks, ticks } = chartOf(ROWS, {
      days: DAYS,
      models: modelsOf(ROWS, "generations"),
      measure: "generations",
    });
    expect(stacks.map(({ parts }) => parts.map(({ value }) => value))).toEqual([[1, 1], [], [3]]);
    expect(ticks).toEqual([0, 1, 2, 3]);
  });
});

describe("the axis", () => {
  it("has at most five dates, the last day among them", () => {
    expect(datedDays(7)).toEqual([0, 2, 4, 6]);
    expect(datedDays(30)).toEqual([5, 11, 17, 23, 29]);
    expect(datedDays(1)).toEqual([0]);
    for (let count = 1; count <= 366; count++) {
      expect(datedDays(count).length).toBeLessThanOrEqual(5);
      expect(datedDays(count).at(-1)).toBe(count - 1);
      expect(datedDays(count)[0]).toBeGreaterThanOrEqual(0);
    }
  });
});
