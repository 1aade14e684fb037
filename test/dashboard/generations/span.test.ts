import { expect, it } from "vitest";
import { indicesOf, spanOf } from "../../../src/dashboard/generations/span.ts";

it("has the rows on the screen and ten on each side, as far as there are", () => {
  const screen = { rowHeight: 50, screenHeight: 500 };
  expect(spanOf({ ...screen, top: 200 }, 1_000)).toEqual({ first: 0, end: 16 });
  expect(spanOf({ ...screen, top: -5_000 }, 1_000)).toEqual({ first: 90, end: 120 });
  expect(spanOf({ ...screen, top: -49_500 }, 1_000)).toEqual({ first: 980, end: 1_000 });
  expect(spanOf({ ...screen, top: -5_000 }, 20)).toEqual({ first: 20, end: 20 });
});

it("can have one row outside, in its place", () => {
  const span = { first: 3, end: 6 };
  expect(indicesOf(span, -1)).toEqual([3, 4, 5]);
  expect(indicesOf(span, 4)).toEqual([3, 4, 5]);
  expect(indicesOf(span, 0)).toEqual([0, 3, 4, 5]);
  expect(indicesOf(span, 9)).toEqual([3, 4, 5, 9]);
});
