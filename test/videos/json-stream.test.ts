import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonPieces } from "../../src/videos/json-stream.ts";

const joined = (value: Parameters<typeof jsonPieces>[0]) => [...jsonPieces(value)].join("");

describe("JSON in pieces", () => {
  it("is the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(joined(value as null)).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([
    ["plain", "a".repeat(1_000_000)],
    ["to be escaped", '"\\\n\u0000é'.repeat(200_000)],
    ["of characters in two halves", `a${"😀".repeat(400_000)}`],
  ])("holds long strings that are %s, none of them whole", (_, text) => {
    const value = { first: text, list: [1, text, { deep: text }], last: "x" };
    expect(joined(value)).toBe(JSON.stringify(value));
    expect(Math.max(...[...jsonPieces(value)].map(({ length }) => length))).toBeLessThan(2_000_000);
  });
});
