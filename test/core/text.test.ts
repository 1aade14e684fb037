import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText, cutUtf8 } from "../../src/core/text.ts";

describe("text that is cut", () => {
  it.each([
    ["abc", 2, "ab"],
    ["abc", 3, "abc"],
    ["abc", 0, ""],
    ["ab😀", 3, "ab"],
    ["ab😀", 4, "ab😀"],
    ["😀", 1, ""],
    ["a\ud83d", 2, "a\ufffd"],
    ["\ude00a", 2, "\ufffda"],
  ])("%j at %i is %j", (text, most, expected) => {
    expect(cutText(text, most)).toBe(expected);
  });

  it.each([
    ["abc", 2, "ab"],
    ["aé", 2, "a"],
    ["aé", 3, "aé"],
    ["a😀", 4, "a"],
    ["a😀b", 5, "a😀"],
  ])("%j at %i bytes is %j", (text, most, expected) => {
    expect(cutUtf8(new TextEncoder().encode(text), most)).toBe(expected);
  });

  it("shows invalid bytes as U+FFFD", () => {
    expect(cutUtf8(Uint8Array.of(0x61, 0xc3), 10)).toBe("a\ufffd");
  });

  it("is always well-formed and within its limit", () => {
    const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(anything, fc.nat(20), (text, most) => {
        const cut = cutText(text, most);
        expect(cut.isWellFormed() && cut.length <= most && cut.length >= Math.min(most - 1, text.length)).toBe(true);
        const bytes = new TextEncoder().encode(text);
        const decoded = cutUtf8(bytes, most);
        expect(new TextEncoder().encode(decoded).byteLength).toBeLessThanOrEqual(most);
        expect(text.toWellFormed().startsWith(decoded)).toBe(true);
      }),
    );
  });
});
