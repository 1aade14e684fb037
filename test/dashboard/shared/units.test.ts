import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ageOf,
  bytesOf,
  clockOf,
  countdownOf,
  counted,
  lengthOf,
  lengthWithin,
  partsOf,
} from "../../../src/dashboard/shared/units.ts";

describe("a duration", () => {
  it.each([
    [0, "0 s"],
    [40, "40 ms"],
    [999.6, "1 s"],
    [1_240, "1.2 s"],
    [9_960, "10 s"],
    [25_400, "25 s"],
    [60_000, "1 min"],
    [212_400, "3 min 32 s"],
    [3_599_600, "1 h"],
    [7_531_000, "2 h 6 min"],
    [86_400_000, "1 d"],
    [270_000_000, "3 d 3 h"],
    [-5, "0 s"],
  ])("of %i ms is %s", (ms, words) => {
    expect(lengthOf(ms)).toBe(words);
  });

  it.each([
    [[0, 200], ["200 ms"]],
    [
      [5_000, 5_240, 5_290, 8_000],
      ["200 ms", "100 ms", "2.7 s"],
    ],
    [
      [0, 10, 20, 3_000],
      ["< 100 ms", "< 100 ms", "3 s"],
    ],
    [
      [0, 3_450, 23_700, 24_780],
      ["3 s", "21 s", "1 s"],
    ],
    [
      [0, 400, 900_000],
      ["< 1 s", "15 min"],
    ],
    [
      [0, 2_000, 2_000, 12_000],
      ["2 s", "0 s", "10 s"],
    ],
  ])("of parts between %j is %j", (times, parts) => {
    expect(partsOf(times)).toEqual(parts);
  });

  it("has parts that add up to it", () => {
    const msOf = (text: string) =>
      text.startsWith("<")
        ? 0
        : Array.from(text.matchAll(/([\d.]+) (\w+)/g)).reduce((sum, [, n, unit]) => {
            return sum + Number(n) * ({ ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? ""] ?? 0);
          }, 0);
    fc.assert(
      fc.property(fc.array(fc.nat(200_000_000), { minLength: 2, maxLength: 5 }), (some) => {
        const times = some.toSorted((a, b) => a - b);
        const sum = partsOf(times).reduce((ms, part) => ms + msOf(part), 0);
        const total = lengthOf((times.at(-1) ?? 0) - (times[0] ?? 0));
        expect(sum).toBeCloseTo(msOf(total), 3);
      }),
    );
  });

  it("within a longer one is as exact as that", () => {
    expect([lengthWithin(25_000, 3_440), lengthWithin(25_000, 100_000_000)]).toEqual(["3 s", "1 d 3 h"]);
  });

  it("until something happens is in whole seconds, and at least one", () => {
    expect([9_340, 1_000, 20, -500, 119_200].map(countdownOf)).toEqual(["10 s", "1 s", "1 s", "1 s", "2 min"]);
  });

  it("on a clock has two-digit seconds, and hours only if needed", () => {
    expect([7_900, 754_000, 3_723_000].map(clockOf)).toEqual(["0:07", "12:34", "1:02:03"]);
  });

  it("as an age has one unit", () => {
    expect([119_000, 125_000, 200_000_000].map(ageOf)).toEqual(["119 s", "2 min", "2 d"]);
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
