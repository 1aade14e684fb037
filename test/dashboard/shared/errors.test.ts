import { expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/contract/words.ts";
import { errorWords } from "../../../src/dashboard/shared/errors.ts";

it("says each error code in words, and a code that it does not know as it is", () => {
  expect(errorWords("moderated")).toBe("Refused by moderation");
  expect(ERROR_CODES.map(errorWords).filter((words) => !/^[A-Z][a-z ]+$/.test(words))).toEqual([]);
  expect(errorWords("constructor")).toBe("constructor");
});
