import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonText } from "../../src/http/json-text.ts";

function textOf(bytes: Uint8Array): string {
  const own = bytes.slice();
  return jsonText(own.buffer, own.byteLength);
}

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Long enough that characters outside Latin-1 are escaped. */
const FILLER = "A".repeat(1_000);

describe("the text of a JSON body", () => {
  it("is the decoded text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, isLong) => {
        const whole = isLong ? { value, FILLER } : value;
        expect(JSON.parse(textOf(utf8(JSON.stringify(whole))))).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
    );
  });

  it.each([
    ["letters of Latin-1", "é".repeat(10)],
    ["letters beyond it", "日本"],
    ["characters in two halves", "a😀\u{10ffff}b"],
    ["a mark of byte order", "\ufeffa\ufeff"],
    ["the character that stands for what could not be read", "\ufffd"],
    ["backslashes before them", "\\日\\\\本\\"],
    ["nothing but such letters", "日本語".repeat(5_000)],
  ])("keeps %s", (_, text) => {
    for (const value of [{ text }, { text, FILLER }, { [text]: FILLER }]) {
      expect(JSON.parse(textOf(utf8(JSON.stringify(value))))).toEqual(value);
    }
  });

  it("uses one byte per character if that is shorter", () => {
    expect(textOf(utf8(JSON.stringify(["日😀", FILLER])))).toBe(`["\\u65e5\\ud83d\\ude00","${FILLER}"]`);
    expect(textOf(utf8('["日"]'))).toBe('["日"]');
  });

  it("starts after a byte order mark", () => {
    expect(JSON.parse(textOf(utf8(`\ufeff["日","${FILLER}"]`)))).toEqual(["日", FILLER]);
    expect(JSON.parse(textOf(utf8("\ufeff[1]")))).toEqual([1]);
  });

  it.each([
    ["bytes that begin nothing", [0xff]],
    ["half a letter", [0xe6, 0x97]],
    ["a letter longer than it need be", [0xe0, 0x80, 0x80]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["what lies beyond Unicode", [0xf5, 0x80, 0x80, 0x80]],
    ["the middle of a letter", [0x80]],
  ])("is refused for %s", (_, wrong) => {
    for (const filler of ["", FILLER, `日${FILLER}`]) {
      const bytes = new Uint8Array([...utf8(`["${filler}`), ...wrong, ...utf8('"]')]);
      expect(() => textOf(bytes)).toThrow(TypeError);
    }
  });

  it.each(["\\日", "\\\\\\日"])("does not turn invalid JSON into valid JSON: %s", (text) => {
    for (const filler of ["", FILLER])
      expect(() => JSON.parse(textOf(utf8(`["${text}${filler}"]`)))).toThrow(SyntaxError);
    expect(() => JSON.parse(textOf(utf8(`日["${FILLER}"]`)))).toThrow(SyntaxError);
  });
});
