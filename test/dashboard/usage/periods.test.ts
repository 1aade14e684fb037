import { describe, expect, it } from "vitest";
import {
  daysOf,
  longDate,
  periodIn,
  presetOf,
  problemOf,
  queryOf,
  shortDate,
} from "../../../src/dashboard/usage/periods.ts";

const NOW = Date.parse("2026-03-02T23:59:00Z");

describe("the period in the address", () => {
  it.each([
    ["", "30", "2026-02-01", "2026-03-02"],
    ["period=7", "7", "2026-02-24", "2026-03-02"],
    ["period=month", "month", "2026-03-01", "2026-03-02"],
    ["from=2025-12-31&to=2026-01-01", "dates", "2025-12-31", "2026-01-01"],
    ["period=8", "30", "2026-02-01", "2026-03-02"],
    ["from=2026-02-30&to=2026-03-01", "30", "2026-02-01", "2026-03-02"],
    ["from=2026-01-01", "30", "2026-02-01", "2026-03-02"],
  ])("%j is %s: %s to %s", (query, choice, from, to) => {
    expect(periodIn(query, NOW)).toEqual({ choice, from, to });
  });

  it("leads to the same period again", () => {
    for (const choice of ["7", "30", "90", "month"] as const) {
      const period = presetOf(choice, NOW);
      expect(periodIn(queryOf(period), NOW)).toEqual(period);
    }
    const dates = { choice: "dates", from: "2026-01-01", to: "2026-02-01" } as const;
    expect(periodIn(queryOf(dates), NOW)).toEqual(dates);
  });
});

describe("a period that cannot be shown", () => {
  it.each([
    ["2026-03-02", "2026-03-02", null],
    ["2024-01-01", "2024-12-31", null],
    ["2026-03-02", "2026-03-01", "The first day is after the last day."],
    ["2023-01-01", "2025-12-31", "Choose at most 366 days. This period has 1,096."],
  ])("from %s to %s: %j", (from, to, problem) => {
    expect(problemOf({ from, to })).toBe(problem);
  });
});

describe("the days of a period", () => {
  it("include its first and last day", () => {
    expect(daysOf({ from: "2026-02-27", to: "2026-03-01" })).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(daysOf({ from: "2026-03-01", to: "2026-03-01" })).toHaveLength(1);
  });

  it("are an empty list if it ends before it begins", () => {
    expect(daysOf({ from: "2026-03-02", to: "2026-02-01" })).toEqual([]);
  });

  it("are written with English month names", () => {
    expect([shortDate("2026-03-02"), longDate("2026-03-02")]).toEqual(["2 Mar", "2 Mar 2026"]);
  });
});
