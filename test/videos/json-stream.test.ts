import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodedChunks, jsonPieces } from "../../src/videos/json-stream.ts";

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

describe("encodedChunks", () => {
  it("are the UTF-8 of the pieces, however long these are, in chunks of at most 96 KiB", () => {
    const text = fc.tuple(fc.string({ unit: "grapheme" }), fc.nat(20_000)).map(([unit, count]) => unit.repeat(count));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (pieces) => {
        // All chunks share their memory.
        const chunks = Array.from(encodedChunks(pieces), (chunk) => chunk.slice());
        expect(Buffer.concat(chunks).equals(Buffer.from(pieces.join("")))).toBe(true);
        for (const { byteLength } of chunks) expect(byteLength).toBeLessThanOrEqual(96 * 1024);
      }),
      { numRuns: 50 },
    );
  });
});
