import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LimitReached } from "../../src/http/json-scan.ts";
import { parseJson } from "../../src/http/json-text.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

function parse(given: string | Uint8Array): unknown {
  const bytes = typeof given === "string" ? utf8(given) : given.slice();
  return parseJson(bytes.buffer as ArrayBuffer, bytes.byteLength);
}

/** Long enough to be decoded apart from the rest of the body. */
const URI = `data:video/mp4;base64,${"A".repeat(1_000)}`;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a JSON body", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.string({ unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "a", "é", "日", "😀") }),
    fc.string({ unit: "grapheme", minLength: 300, maxLength: 400 }).map((text) => `data:image/png,${text}`),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(true, false, null, {}, []),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(text, tie("value"), { maxKeys: 5 }),
    ),
  }));

  it("has the value that JSON.parse gives", () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, " ", "\n\t"), (value, space) => {
        const json = JSON.stringify(value, null, space);
        expect(parse(json)).toEqual(JSON.parse(json));
      }),
      { numRuns: 500 },
    );
  });

  it("is refused if JSON.parse refuses it", () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\ \n0123e.-+aé日',
      "true",
      "null",
      '"a"',
      '"a":',
      `"a":"${URI}\\x",`,
      "\\u00",
      "\u0001",
      `"${URI}"`,
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const json = tokens.join("");
        let expected: unknown;
        try {
          expected = JSON.parse(json);
        } catch {
          expect(() => parse(json)).toThrow(SyntaxError);
          return;
        }
        expect(parse(json)).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ["escaped slashes, as PHP sends them", `data:video\\/mp4;base64,${"AB\\/".repeat(500)}`],
    ["escaped plus signs, as .NET sends them", `data:image/svg\\u002Bxml;base64,${"AB\\u002b".repeat(500)}`],
    ["every escape", `data:text/plain,${'\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u007F'.repeat(100)}`],
    ["characters outside ASCII", `data:text/plain,${"é日😀\\u65e5\\ud83d\\ude00".repeat(100)}`],
    ["a lone surrogate", `data:text/plain,${"a".repeat(1_000)}\\ud83d`],
    ["brackets and quotes", `data:text/plain,${'[{\\"}]'.repeat(500)}`],
  ])("may contain a long data URI with %s", (_, uri) => {
    const json = `{"a":["${uri}","x"],"${"name".repeat(100)}":"${uri}"}`;
    expect(parse(json)).toEqual(JSON.parse(json));
  });

  it.each(["\\x", "\\u12 ", "\\u12g4", "\\", "\n", "\u0001"])("is refused for %j in a long data URI", (wrong) => {
    for (const rest of ["", URI]) expect(() => parse(`["${URI}${wrong}${rest}"]`)).toThrow(SyntaxError);
  });

  it("starts after a byte order mark", () => {
    expect(parse(`\ufeff["日","${URI}"]`)).toEqual(["日", URI]);
    expect(parse("\ufeff[1]")).toEqual([1]);
    expect(() => parse("\ufeff\ufeff[1]")).toThrow(SyntaxError);
  });

  it.each([
    ["bytes that begin no character", [0xff]],
    ["half of a character", [0xe6, 0x97]],
    ["an overlong character", [0xe0, 0x80, 0x80]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a code point beyond Unicode", [0xf5, 0x80, 0x80, 0x80]],
    ["the middle of a character", [0x80]],
  ])("is refused for %s", (_, wrong) => {
    for (const before of ["", "日", URI, `data:text/plain,${"日".repeat(500)}`]) {
      const bytes = new Uint8Array([...utf8(`["${before}`), ...wrong, ...utf8('"]')]);
      expect(() => parse(bytes)).toThrow(TypeError);
    }
  });

  it("may repeat a name: the last value counts", () => {
    expect(parse(`{"a":1,"a":"${URI}"}`)).toEqual({ a: URI });
    expect(parse(`{"a":"${URI}","a":1}`)).toEqual({ a: 1 });
  });

  it("is refused for an invalid data URI even if its name is repeated and another value counts", () => {
    expect(() => parse(`{"a":"${URI}\\x","a":1}`)).toThrow(SyntaxError);
    const bytes = new Uint8Array([...utf8(`{"a":"${URI}`), 0xff, ...utf8('","a":1}')]);
    expect(() => parse(bytes)).toThrow(TypeError);
  });

  it("keeps __proto__ as a field, so that validation can refuse it", () => {
    for (const json of ['{"__proto__":1}', `{"__proto__":"${URI}"}`]) {
      expect(Object.keys(parse(json) as object)).toEqual(["__proto__"]);
    }
  });
});

describe("audit 2: a body beyond a limit is refused before anything is built from it", () => {
  const MIB = 1024 * 1024;
  const levels = "must have at most 32 levels of nesting";
  const values = "must have at most 5000 values";
  const characters = "must have at most 262144 characters, not counting data URIs";

  it.each([
    ["nothing but [", "[".repeat(6 * MIB), levels],
    ['nothing but {"":', '{"":'.repeat(MIB), levels],
    ["objects", `[${"{},".repeat(MIB)}{}]`, values],
    ["objects, and not JSON", `[${"{},".repeat(MIB)}`, values],
    ["numbers", `[${"0,".repeat(MIB)}0]`, values],
    ["fields", `{${Array.from({ length: 5_000 }, (_, at) => `"${at}":0`).join()}}`, values],
    ["strings", `[${'"",'.repeat(MIB)}""]`, values],
    ["one long name", `{"${"k".repeat(3 * MIB)}":1}`, characters],
    ["one long text", `["${"k".repeat(3 * MIB)}"]`, characters],
    ["one long text of escapes", `["${"\\u4e2d".repeat(MIB)}"]`, characters],
    ["one long number", `[${"1".repeat(3 * MIB)}]`, characters],
    ["no JSON at all", "A".repeat(3 * MIB), characters],
    ["commas", ",".repeat(3 * MIB), characters],
    ["many long texts", `[${`"${"k".repeat(1_000)}",`.repeat(4_000)}""]`, characters],
    ["a long text that only begins like a data URI", `["data:${"k".repeat(3 * MIB)}"]`, characters],
  ])("%s", (_, json, message) => {
    const built = vi.spyOn(JSON, "parse");
    const decoded = vi.spyOn(TextDecoder.prototype, "decode");
    expect(() => parse(json)).toThrow(new LimitReached(message));
    expect(built).not.toHaveBeenCalled();
    expect(decoded).not.toHaveBeenCalled();
  });

  it("data URIs that would take two bytes for each character", () => {
    const uri = `data:image/png,日${"A".repeat(100_000)}`;
    expect(parse(`["${uri}","${uri}"]`)).toEqual([uri, uri]);
    const message = "must have only ASCII in data URIs of more than 262144 bytes in all";
    for (const character of ["日", "\\u65e5"]) {
      const json = `[${`"data:image/png,${character}${"A".repeat(100_000)}",`.repeat(3)}"${URI}"]`;
      expect(() => parse(json)).toThrow(new LimitReached(message));
    }
  });

  it.each([
    ["32 levels", `${"[".repeat(33)}${"]".repeat(33)}`],
    ["5,000 values", `[${"0,".repeat(4_998)}0]`],
    ["5,000 values, with names", `{${Array.from({ length: 4_999 }, (_, at) => `"${at}":0`).join()}}`],
    ["brackets and commas in strings", JSON.stringify(["[{,:".repeat(10_000), "\\[{", '"[{'])],
    ["many data URIs", `[${`"${URI}",`.repeat(4_000)}""]`],
    ["whitespace", `${" ".repeat(3 * MIB)}[${"\n\t ".repeat(MIB)}1 ]\r\n`],
  ])("but not one with %s", (_, json) => {
    expect(parse(json)).toEqual(JSON.parse(json));
  });
});
