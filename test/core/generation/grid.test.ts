import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slotAt, slotFrom, slotTime } from "../../../src/core/generation/grid.ts";

const grid = { startedAt: 1_000, intervalMs: 10_000 };

describe("the polling grid", () => {
  it.each([
    [0, 0],
    [1_000, 0],
    [10_999, 0],
    [11_000, 1],
    [20_999, 1],
    [31_000, 3],
  ])("at %i ms, its newest slot is %i", (now, slot) => {
    expect(slotAt(grid, now)).toBe(slot);
  });

  it("maps a slot's time to that slot, and the millisecond before it to the previous slot", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (start, interval, slot) => {
          const any = { startedAt: start, intervalMs: interval };
          const time = slotTime(any, slot);
          expect(slotAt(any, time)).toBe(slot);
          expect(slotAt(any, time - 1)).toBe(slot - 1);
          expect(slotFrom(any, time)).toBe(slot);
          expect(slotFrom(any, time + 1)).toBe(slot + 1);
        },
      ),
    );
  });
});
