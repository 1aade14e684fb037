import { describe, expect, it } from "vitest";
import { checkSize, kindOf, uriOf } from "../../../packages/reelhook/src/ai-sdk/files.ts";
import { at } from "./request.ts";

const file = (data: string | Uint8Array, mediaType = "image/png") => ({ type: "file", data, mediaType }) as const;
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("files", () => {
  it.each([
    [at("a.MP4"), "video"],
    [at("a.webm?size=1"), "video"],
    [at("a.jpeg"), "image"],
    [at("a"), null],
    [at("a", "video/mp4"), "video"],
    [{ type: "url", url: "data:video/mp4;base64,AAAA" }, "video"],
    [{ type: "url", url: "not a URL" }, null],
    [file("AAAA", "video/mp4"), "video"],
    [file("AAAA"), "image"],
    // The SDK says image/png of any start image that it does not recognize.
    [file(bytes("\0\0\0\x20ftypisom")), "video"],
    [file(bytes("\x1a\x45\xdf\xa3")), "video"],
    [file(bytes("\0\0\0\x20ftypavif"), "image/avif"), "image"],
    [file(bytes("\0\0\0\x20ftypheic"), "image/heic"), "image"],
    [file(new Uint8Array(0)), "image"],
  ] as const)("are told apart (%#)", (given, kind) => {
    expect(kindOf(given)).toBe(kind);
  });

  it.each([0, 1, 24_575, 24_576, 24_577, 100_000])("of %i bytes become data URIs", (length) => {
    const data = Uint8Array.from({ length }, (_, at) => (at * 31) & 0xff);
    expect(uriOf(file(data))).toBe(`data:image/png;base64,${Buffer.from(data).toString("base64")}`);
  });

  it("keep base64 and URLs as they are", () => {
    expect(uriOf(file("AAAA", "image/webp"))).toBe("data:image/webp;base64,AAAA");
    expect(uriOf(at("a.png"))).toBe("https://files.example/a.png");
  });

  it("have the media type of their content", () => {
    expect(uriOf(file(bytes("\0\0\0\x14ftypqt  ")))).toMatch(/^data:video\/quicktime;/);
  });

  it("are refused if they are too large for a request", () => {
    const half = file(new Uint8Array(12 * 1024 * 1024));
    expect(() => checkSize([half, half])).toThrow(RangeError);
    expect(() => checkSize([half])).not.toThrow();
  });
});
