import { describe, expect, it } from "vitest";
import { dataUrisIn, shortened } from "../../src/http/data-uris.ts";

describe("data URIs in an input", () => {
  it.each([
    [`data:video/mp4;base64,${btoa("abc")}`, "data:video/mp4;… (3 bytes)"],
    [`data:video/mp4;base64,${btoa("abcd")}`, "data:video/mp4;… (4 bytes)"],
    [`data:video/mp4;codecs=avc1;base64,${btoa("abcde")}`, "data:video/mp4;… (5 bytes)"],
    ["data:image/svg+xml,%3Csvg%3E", "data:image/svg+xml;… (9 bytes)"],
    ["https://example.com/v.mp4", "https://example.com/v.mp4"],
  ])("%s is shown as %s", (url, shown) => {
    expect(shortened({ video_url: url, nested: [{ url }] })).toEqual({ video_url: shown, nested: [{ url: shown }] });
  });

  it("are found at any depth", () => {
    expect(dataUrisIn({ references: [{ url: "data:image/png,x" }] })).toEqual(["data:image/png,x"]);
    expect(dataUrisIn({ prompt: "data: a chart comes alive, slowly" })).toEqual([]);
    expect(dataUrisIn({ prompt: "see data:image/png,x", n: 1, none: null })).toEqual([]);
  });
});
