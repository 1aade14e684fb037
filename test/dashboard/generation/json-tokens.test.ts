import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonTokens } from "../../../src/dashboard/generation/json-tokens.ts";

describe("the parts of JSON", () => {
  it("are names, strings, numbers and words", () => {
    const text = JSON.stringify({ a: 'say "1": true', b: [-1.5e3, true, null] }, null, 2);
    const colored = jsonTokens(text).filter(({ kind }) => kind !== "plain");
    expect(colored.map(({ kind, text }) => [kind, text])).toEqual([
      ["name", '"a"'],
      ["string", '"say \\"1\\": true"'],
      ["name", '"b"'],
      ["number", "-1500"],
      ["word", "true"],
      ["word", "null"],
    ]);
  });

  it("together are the text, whatever it is", () => {
    const joined = (text: string) =>
      jsonTokens(text)
        .map((token) => token.text)
        .join("");
    fc.assert(fc.property(fc.json(), (text) => joined(text) === text));
    fc.assert(fc.property(fc.string(), (text) => joined(text) === text));
  });

  it("can be long", () => {
    const text = JSON.stringify({ prompt: "x\\".repeat(1_000_000) });
    expect(jsonTokens(text).map(({ kind }) => kind)).toEqual(["plain", "name", "plain", "string", "plain"]);
  });
});
