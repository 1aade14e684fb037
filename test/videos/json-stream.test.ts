import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonPieces } from "../../src/videos/json-stream.ts";

const joined = (value: Parameters<typeof jsonPieces>[0]) => [...jsonPieces(value)].join("");

describe("jsonPieces", () => {
  it("joins to the same text as JSON.stringify", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(joined(value as null)).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([
    ["plain", "a".repeat(1_000_000)],
    ["full of escapes", '"\\\n\u0000é'.repeat(200_000)],
    ["made of surrogate pairs", `a${"😀".repeat(400_000)}`],
  ])("splits long strings that are %s", (_, text) => {
    const value = { first: text, list: [1, text, { deep: text }], last: "x" };
    expect(joined(value)).toBe(JSON.stringify(value));
    expect(Math.max(...[...jsonPieces(value)].map(({ length }) => length))).toBeLessThan(2_000_000);
  });
});
