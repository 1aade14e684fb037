import { describe, expect, it } from "vitest";
import {
  controlOf,
  fieldsOf,
  fits,
  initial,
  limitsOf,
  newItem,
  type Schema,
  withoutOtherVariants,
} from "../../../src/dashboard/playground/schema.ts";

const URL_TEXT: Schema = { type: "string", format: "uri" };
const IMAGE: Schema = {
  type: "object",
  properties: { type: { enum: ["image"] }, url: URL_TEXT },
  required: ["type", "url"],
};
const VIDEO: Schema = { ...IMAGE, properties: { type: { const: "video" }, url: URL_TEXT } };

describe("the control of a schema", () => {
  it.each<[kind: string, Schema]>([
    ["text", { type: "string" }],
    ["text", { type: ["string", "null"] }],
    ["number", { type: ["null", "integer"] }],
    ["choice", { type: "boolean" }],
    ["choice", { enum: ["a", "b"] }],
    ["choice", { type: "integer", enum: [5, 10] }],
    ["choice", { const: "image" }],
    ["list", { type: ["array", "null"], items: URL_TEXT }],
    ["group", { properties: { a: {} } }],
    ["group", { type: "object", properties: { a: {}, b: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] }],
    ["pairs", { type: "object", additionalProperties: { type: "string" } }],
    ["json", { type: "object" }],
    ["json", { type: "array" }],
    ["json", {}],
    ["variants", { oneOf: [IMAGE, VIDEO] }],
    ["variants", { anyOf: [IMAGE, VIDEO, { type: "null" }] }],
    ["group", { anyOf: [IMAGE, { type: "null" }] }],
    ["alternatives", { anyOf: [URL_TEXT, { type: "array", items: URL_TEXT }] }],
    ["alternatives", { type: ["string", "integer"] }],
    ["text", { anyOf: [URL_TEXT, { type: "string", maxLength: 10 }] }],
  ])("is %s for %j", (kind, schema) => {
    expect(controlOf(schema).kind).toBe(kind);
  });

  it("does not offer null, and keeps the types of numbers and booleans", () => {
    expect(controlOf({ type: ["integer", "null"], enum: [5, 10, null] })).toMatchObject({ choices: [5, 10] });
    expect(controlOf({ type: "boolean" })).toMatchObject({ choices: [true, false] });
  });

  it("has the schema's other keywords in each alternative", () => {
    const schema: Schema = { description: "d", anyOf: [{ type: "string" }, { type: "number", maximum: 3 }] };
    expect(controlOf(schema)).toMatchObject({
      controls: [
        { kind: "text", schema: { type: "string", description: "d" } },
        { kind: "number", schema: { type: "number", description: "d", maximum: 3 } },
      ],
    });
  });
});

describe("the order of fields", () => {
  it("is required ones first, deprecated ones last, and otherwise as in the schema", () => {
    const properties = { old: { deprecated: true }, a: {}, needed: {}, b: {}, must: {} };
    const schema = { properties, required: ["must", "needed", "absent"] };
    expect(fieldsOf(schema).map(([name]) => name)).toEqual(["needed", "must", "a", "b", "old"]);
  });
});

describe("the initial value of a required field", () => {
  it.each<[unknown, Schema]>([
    ["only", { enum: ["only"] }],
    [5, { type: "integer", default: 5 }],
    [undefined, { type: "integer", default: "5" }],
    [undefined, { type: "string" }],
    [undefined, { enum: ["a", "b"] }],
    [{ type: "image" }, IMAGE],
    [{ type: "video" }, { oneOf: [VIDEO, IMAGE] }],
    [["", ""], { type: "array", items: URL_TEXT, minItems: 2 }],
    [undefined, { type: "array", items: URL_TEXT }],
    [undefined, { type: "object", properties: { a: { const: 1 } } }],
  ])("is %j for %j", (value, schema) => {
    expect(initial(schema)).toEqual(value);
  });

  it("exists for every new item of a list", () => {
    expect(newItem(URL_TEXT)).toBe("");
    expect(newItem({ enum: ["a", "b"] })).toBe("a");
    expect(newItem(IMAGE)).toEqual({ type: "image" });
    expect(newItem({ type: "array", items: {} })).toEqual([]);
    expect(newItem({ type: "object", properties: { a: {} } })).toEqual({});
    expect(newItem({ anyOf: [URL_TEXT, IMAGE] })).toBe("");
  });
});

describe("a value typed for another model", () => {
  it.each<[boolean, unknown, Schema]>([
    [true, "16:9", { type: "string", enum: ["16:9", "1:1"] }],
    [false, "4:3", { type: "string", enum: ["16:9", "1:1"] }],
    [false, "5", { type: "integer" }],
    [false, "https://example.com/", { type: "array", items: URL_TEXT }],
    [true, ["https://example.com/"], { anyOf: [URL_TEXT, { type: "array", items: URL_TEXT }] }],
    [false, [{ type: "image" }], { type: "array", items: URL_TEXT }],
    [true, { type: "video", url: "u" }, { oneOf: [IMAGE, VIDEO] }],
    [false, { type: "audio", url: "u" }, { oneOf: [IMAGE, VIDEO] }],
    [false, "text", IMAGE],
    [true, { a: "b" }, { type: "object", additionalProperties: { type: "string" } }],
    [true, { any: 1 }, {}],
  ])("is kept (%s) if it fits: %j in %j", (isFit, value, schema) => {
    expect(fits(schema, value)).toBe(isFit);
  });
});

describe("a value that becomes another variant", () => {
  const JOB: Schema = {
    type: "object",
    properties: { type: { enum: ["generation"] }, id: { type: "string" } },
    required: ["type", "id"],
  };

  it.each<[unknown, unknown]>([
    [{ type: "generation", url: "u" }, { type: "generation" }],
    [
      { type: "image", url: "u", id: "i", more: 1 },
      { type: "image", url: "u", more: 1 },
    ],
    [{ url: "u", id: "i" }, { url: "u" }],
    [{}, {}],
    [undefined, undefined],
  ])("%j loses only the fields of other variants: %j", (value, kept) => {
    expect(withoutOtherVariants([IMAGE, JOB], "type", value)).toEqual(kept);
  });
});

describe("the limits of a field", () => {
  it.each<[string, Schema]>([
    ["1 to 5, default 3", { minimum: 1, maximum: 5, default: 3 }],
    ["at least 0", { minimum: 0 }],
    ["more than 0, less than 2, a multiple of 0.5", { exclusiveMinimum: 0, exclusiveMaximum: 2, multipleOf: 0.5 }],
    ["1 to 3 items", { minItems: 1, maxItems: 3 }],
    ["exactly 2 items", { minItems: 2, maxItems: 2 }],
    ["an HTTPS URL or a data URI", URL_TEXT],
    ["", { type: "integer", multipleOf: 1, default: null }],
  ])("are shown as %j", (words, schema) => {
    expect(limitsOf(schema).join(", ")).toBe(words);
  });
});
