import { describe, expect, it } from "vitest";
import { fieldValue } from "../../../packages/reelhook/src/command/generate/field-values.ts";
import {
  DEFAULT_MODEL,
  givenOptions,
  inputOf,
  modelIn,
  parseInput,
} from "../../../packages/reelhook/src/command/generate/input.ts";
import * as models from "../../../src/core/models/model.ts";

const SCHEMA = {
  type: "object",
  properties: {
    prompt: { type: "string" },
    duration: { type: "integer" },
    ratio: { enum: ["16:9", "1"] },
    size: { anyOf: [{ type: "string" }, { type: "object" }] },
    loop: { type: ["boolean", "null"] },
  },
};

const FORMATS = [
  ["5", { type: "integer" }, 5],
  ["5", { type: "string" }, "5"],
  ['"5"', { type: "string" }, '"5"'],
  ["5", { enum: ["5", "10"] }, "5"],
  ["5", { enum: [5, 10] }, 5],
  ["5", { type: ["string", "number"] }, 5],
  ["5", { anyOf: [{ type: "string" }, { type: "array" }] }, "5"],
  ['["a"]', { anyOf: [{ type: "string" }, { type: "array" }] }, ["a"]],
  ["5", { anyOf: [{ type: "string" }, {}] }, 5],
  ["null", { type: ["boolean", "null"] }, null],
  ["null", { type: "string" }, "null"],
  ["true", null, true],
  ["1280:720", null, "1280:720"],
  ["", null, ""],
  ['{"a":1}', {}, { a: 1 }],
  ['{"a":1', {}, '{"a":1'],
  // The API then says which type it wants.
  ["[5]", { type: "integer" }, [5]],
] as const;

describe("the value of --field", () => {
  it.each(FORMATS)("reads %s for %j as %j", (text, schema, value) => {
    expect(fieldValue(text, schema)).toEqual(value);
  });
});

describe("the request of generate", () => {
  it("has the fields of the options, read as the model's schema says", () => {
    const options = { model: "a/b", videoUrl: "https://example.com/a.mp4", webhookUrl: "https://example.com/hook" };
    const field = ["prompt=5", "duration=5", "ratio=1", "other=5", "text=a=b"];
    expect(inputOf({ ...options, field }, {}, SCHEMA)).toEqual({
      model: "a/b",
      video_url: "https://example.com/a.mp4",
      webhook_url: "https://example.com/hook",
      prompt: "5",
      duration: 5,
      ratio: "1",
      other: 5,
      text: "a=b",
    });
  });

  it("replaces fields of --input by those of options", () => {
    expect(inputOf({ prompt: "new", field: ["seed=2"] }, { prompt: "old", seed: 1, duration: 5 }, null)).toEqual({
      prompt: "new",
      seed: 2,
      duration: 5,
    });
  });

  it.each([
    [{ prompt: "a", field: ["prompt=b"] }, "prompt is given twice"],
    [{ field: ["seed=1", "seed=2"] }, "seed is given twice"],
    [{ field: ["seed"] }, "--field takes name=value"],
    [{ field: ["=5"] }, "--field takes name=value"],
    [{ videoUrl: "x".repeat(32 * 1024 * 1024) }, "larger than 32 MiB"],
  ])("refuses contradictory and too large options", (options, message) => {
    expect(() => inputOf(options, {}, null)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), exitCode: 2 }),
    );
  });

  it.each(["", "{", "[1]", "null", '"text"'])("refuses %s as --input", (text) => {
    expect(() => parseInput(text, "a.json")).toThrow(/^--input: a\.json /);
  });

  it("reads fields by the schema of the model that the request names", () => {
    expect(modelIn({ model: "a" }, { model: "c" })).toBe("a");
    expect(modelIn({ field: ["model=b"] }, { model: "c" })).toBe("b");
    expect(modelIn({}, { model: "c" })).toBe("c");
    expect(modelIn({}, {})).toBe(DEFAULT_MODEL);
    expect(DEFAULT_MODEL).toBe(models.DEFAULT_MODEL);
  });

  it("names given options as they are written", () => {
    expect(givenOptions({ prompt: "", videoUrl: "a", webhookUrl: "b", field: [], input: "-" })).toEqual([
      "--prompt",
      "--video-url",
      "--webhook-url",
      "--field",
      "--input",
    ]);
    expect(givenOptions({})).toEqual([]);
  });
});
