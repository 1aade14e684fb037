import fc from "fast-check";
import { expect, it } from "vitest";
import { microUsd, usdOf, usdOrNull } from "../../../src/core/money/micro-usd.ts";

it.each([
  [0, 0],
  [1, 1_000_000],
  [0.39, 390_000],
  [0.1 + 0.2, 300_000],
  [0.000_000_4, 0],
  [0.000_000_5, 1],
  [0.000_001_4, 1],
  [1_000_000, 1_000_000_000_000],
  [1_000_000.000_001, null],
  [-0.000_001, null],
  [Number.MAX_VALUE, null],
  [Number.POSITIVE_INFINITY, null],
  [Number.NEGATIVE_INFINITY, null],
  [Number.NaN, null],
])("%d dollars are %j micro-dollars", (usd, expected) => {
  expect(microUsd(usd)).toBe(expected);
});

it("an amount in dollars has no floating-point error", () => {
  expect([0, 1, 390_000, 1_000_000_000_000].map(usdOf)).toEqual([0, 0.000_001, 0.39, 1_000_000]);
  expect([usdOrNull(null), usdOrNull(0)]).toEqual([null, 0]);
});

it("every amount is the same after a conversion to dollars and back", () => {
  const amounts = fc.integer({ min: 0, max: 1_000_000_000_000 });
  fc.assert(fc.property(amounts, (amount) => microUsd(usdOf(amount)) === amount));
});
