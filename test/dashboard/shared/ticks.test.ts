import { describe, expect, it } from "vitest";
import { ticksTo } from "../../../src/dashboard/shared/ticks.ts";

describe("the axis", () => {
  it.each([
    [0, 0.000_001, [0, 0.000001]],
    [0.6, 0.000_001, [0, 0.2, 0.4, 0.6]],
    [4.2, 0.000_001, [0, 2, 4, 6]],
    [90, 0.000_001, [0, 25, 50, 75, 100]],
    [1, 1, [0, 1]],
    [9, 1, [0, 5, 10]],
    [95, 1, [0, 25, 50, 75, 100]],
  ] as const)("up to %d in steps of at least %d has round values", (most, least, expected) => {
    const ticks = ticksTo(most, least);
    expect(ticks).toHaveLength(expected.length);
    for (const [index, tick] of ticks.entries()) expect(tick).toBeCloseTo(expected[index] ?? -1, 7);
  });

  it("covers every value with at most four steps", () => {
    for (const least of [0.000_001, 1]) {
      for (let most = 1; most < 100_000; most = Math.ceil(most * 1.3)) {
        const ticks = ticksTo(most, least);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
        expect(ticks.length).toBeLessThanOrEqual(5);
      }
    }
  });
});
