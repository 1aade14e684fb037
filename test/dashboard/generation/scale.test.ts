import { describe, expect, it } from "vitest";
import { scaleOf } from "../../../src/dashboard/generation/scale.ts";

const SECOND = 1_000;

describe("the scale of a timeline", () => {
  it("places times proportionally", () => {
    const scale = scaleOf({ begin: 1_000, end: 101_000, attempts: [] });
    expect([1_000, 26_000, 51_000, 101_000].map(scale.at)).toEqual([0, 25, 50, 100]);
    expect(scale.breakAt).toBeNull();
  });

  it("includes attempts soon after the end, as wide as their duration", () => {
    const scale = scaleOf({ begin: 0, end: 90 * SECOND, attempts: [{ at: 90 * SECOND, durationMs: 10 * SECOND }] });
    expect(scale.of({ at: 90 * SECOND, durationMs: 10 * SECOND })).toEqual({ left: 90, width: 10 });
  });

  it("is not squeezed by retries days later: they are drawn in order behind a break", () => {
    const late = [3_600_000, 86_400_000].map((after) => ({ at: 25_000 + after, durationMs: 40 }));
    const scale = scaleOf({ begin: 0, end: 25_000, attempts: [{ at: 25_000, durationMs: 0 }, ...late] });
    expect(scale.at(25_000)).toBe(78);
    expect(scale.breakAt).toBe(80);
    const [first = { left: 0 }, second = { left: 0 }] = late.map(scale.of);
    expect(first.left).toBeGreaterThan(82);
    expect(second.left).toBeGreaterThan(first.left);
    expect(second.left).toBeLessThan(100);
  });

  it.each([
    [1, [0, 1]],
    [25, [0, 5, 10, 15, 20, 25]],
    [125, [0, 30, 60, 90, 120]],
    [212, [0, 60, 120, 180]],
    [1_800, [0, 300, 600, 900, 1_200, 1_500, 1_800]],
    [86_400, [0, 21_600, 43_200, 64_800, 86_400]],
  ])("of %i s has ticks at round steps", (seconds, marks) => {
    const { ticks } = scaleOf({ begin: 0, end: seconds * SECOND, attempts: [] });
    expect(ticks).toEqual(marks.map((mark) => mark * SECOND));
  });
});
