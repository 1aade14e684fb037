import { expect, it } from "vitest";
import { callbackWords } from "../../../src/dashboard/generations/callbacks.ts";

it.each([
  [{ delivered: 3, pending: 0, failed: 0 }, "3 delivered", "", "delivered"],
  [{ delivered: 2, pending: 1, failed: 0 }, "2 of 3 delivered", "1 retrying", "pending"],
  [{ delivered: 1, pending: 1, failed: 2 }, "1 of 4 delivered", "1 retrying, 2 failed", "failed"],
  [{ delivered: 0, pending: 0, failed: 1 }, "0 of 1 delivered", "1 failed", "failed"],
  [{ delivered: 0, pending: 2, failed: 0 }, "2 under way", "", "pending"],
] as const)("says %o", (counts, text, rest, outcome) => {
  expect(callbackWords(counts)).toEqual({ text, rest, outcome });
});

it("says nothing if there is none, or if it is not known", () => {
  expect(callbackWords({ delivered: 0, pending: 0, failed: 0 })).toBeNull();
  expect(callbackWords(null)).toBeNull();
});
