import { describe, expect, it } from "vitest";
import { ageOf, bytesOf, clockOf, counted, lengthOf } from "../../../src/dashboard/shared/units.ts";

describe("a duration", () => {
  it.each([
    [0, "0 s"],
    [40, "0.1 s"],
    [400, "0.4 s"],
    [25_400, "25 s"],
    [60_000, "1 m"],
    [212_000, "3 m 32 s"],
    [7_500_000, "2 h 5 m"],
    [86_400_000, "1 d"],
    [-5, "0 s"],
  ])("of %i ms is %s", (ms, words) => {
    expect(lengthOf(ms)).toBe(words);
  });

  it("on a clock has two-digit seconds, and hours only if needed", () => {
    expect([7_900, 754_000, 3_723_000].map(clockOf)).toEqual(["0:07", "12:34", "1:02:03"]);
  });

  it("as an age has one unit", () => {
    expect([119_000, 125_000, 200_000_000].map(ageOf)).toEqual(["119 s", "2 m", "2 d"]);
  });
});

describe("a size", () => {
  it("uses decimal units", () => {
    expect([0, 999, 15_000, 25_165_824, 3.2e9, 1e12].map(bytesOf)).toEqual([
      ...["0 B", "999 B", "15.0 kB"],
      ...["25.2 MB", "3.2 GB", "1.0 TB"],
    ]);
  });
});

describe("a count", () => {
  it("has the singular for one only", () => {
    expect([0, 1, 2_000].map((count) => counted(count, "poll"))).toEqual(["0 polls", "1 poll", "2,000 polls"]);
  });
});
