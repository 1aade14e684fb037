import { describe, expect, it, vi } from "vitest";
import { outlineOf } from "../../src/providers/answer-outline.ts";

const input = {
  prompt: "A red fox named Ferdinand jumps over the lazy dog",
  video_url: "https://example.com/mine.mp4?sig=secret",
  negative_prompt: "blurry",
  texts: ["一只红色的狐狸跳过懒狗"],
};

const shown = (value: unknown) => JSON.parse(outlineOf({ value }, input)).value;

describe("the outline of an answer", () => {
  it.each<[unknown]>([
    ["completed"],
    ["TASK_STATUS_SUCCEED"],
    ["0b9f1f4e-9c3e-4a7e-8b1a-1234567890ab"],
    ["https://files.example.com/a/v.mp4"],
    ["Request accepted, see the documentation."],
    [9007199254740991],
    [[1, null, true, { status: "done" }]],
  ])("shows %j", (value) => {
    expect(shown(value)).toEqual(value);
  });

  it.each<[string, string]>([
    ["https://h.example/v.mp4?X-Signature=secret#part", "https://h.example/v.mp4?…"],
    ["https://h.example/v.mp4;token=secret", "https://h.example/v.mp4?…"],
    ["https://h.example/v.mp4%3Ftoken%3Dsecret", "https://h.example/v.mp4?…"],
    ["https://user:secret@h.example/v.mp4", "https://h.example/v.mp4"],
    ["v.mp4?token=secret", "v.mp4?…"],
    ["see https://h.example/x?token=secret now", "see https://h.example/x?… now"],
    ["Authorization: Bearer secret", "Authorization: …"],
    ["sk-abcdef0123456789", "…"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4", "…"],
    ["QUJD".repeat(100), "…"],
    ["data:image/png;base64,QUJD", "data:…"],
  ])("shows %j without its secrets", (value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  it.each([
    "A red fox named Ferdinand jumps over the lazy dog",
    "You asked for: a RED fox\nnamed  Ferdinand jumps over the lazy dog.",
    "A red fox named Ferdi",
    "Cut off: … jumps over the la …",
    "lazy dog",
    "blurry",
    "红色的狐狸",
    '{"prompt": "A red fox named Ferdinand"}',
  ])("does not show %j from the request", (value) => {
    expect(shown(value)).toBe("…");
    expect(outlineOf({ [value]: 1 }, input)).toMatch(/^\{"…":(?:1|"…")\}$/);
    expect(outlineOf(value, input)).toBe('"…"');
  });

  it.each(["prompt", "revised_prompt", "inputs", "requestBody", "apiKey", "access_key", "Authorization", "X-Token"])(
    "does not show the field %s",
    (name) => {
      expect(outlineOf({ [name]: { any: "thing" } }, input)).toBe(`{"${name}":"…"}`);
    },
  );

  it("is short for any answer", () => {
    const wide = Array.from({ length: 1_000 }, () => Array.from({ length: 100 }, () => "x y"));
    expect(outlineOf(wide, input).length).toBeLessThanOrEqual(2_000);
    let deep: unknown = "deep";
    for (let level = 0; level < 90_000; level++) deep = { data: deep };
    expect(outlineOf(deep, input).length).toBeLessThan(100);
    expect(outlineOf(undefined, input)).toBe("");
    expect(outlineOf(JSON.parse('{"__proto__": {"a": 1}}'), input)).toBe('{"__proto__":{"a":1}}');
  });

  it("does not search a large request once for each part of a large answer", () => {
    const large = { texts: Array.from({ length: 250 }, (_, at) => `the ${at}th text of a caller `.repeat(40)) };
    const answer = Array.from({ length: 30 }, (_, row) =>
      Array.from({ length: 9 }, (_, at) => `qzx ${row} ${at} `.repeat(20)),
    );
    const size = JSON.stringify(large).length;
    const { includes } = String.prototype;
    let searched = 0;
    const spy = vi.spyOn(String.prototype, "includes").mockImplementation(function (this: string, ...asked) {
      searched += this.length;
      return includes.apply(this, asked);
    });
    try {
      expect(outlineOf(answer, large)).toContain("qzx 0 0");
    } finally {
      spy.mockRestore();
    }
    expect(size).toBeGreaterThan(250_000);
    expect(searched).toBeLessThan(1_000 * size);
  });
});
