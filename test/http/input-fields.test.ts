// Which inputs the schema of a model accepts, and the messages for all others.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fits } from "../../scripts/models/fits.ts";
import type { InputSchema } from "../../src/core/models/input-schema.ts";
import { closed, errorsIn } from "../support/models.ts";
import { likely, soundSchema } from "../support/random-schemas.ts";

const IMAGE = "https://example.com/i.png";
const DATA_IMAGE = "data:image/png;base64,AAAA";
const text: InputSchema = { type: "string" };
const uri: InputSchema = { type: "string", format: "uri" };

/** The message for the field `x`. */
const errorsOfX = (schema: InputSchema, x: unknown) => errorsIn(closed({ x: schema }), { x })["/x"];

/** The pointers to what is wrong with the field `x`. */
const errorsOfMany = (schema: InputSchema, x: unknown) => Object.keys(errorsIn(closed({ x: schema }), { x }));

describe("a field", () => {
  it.each<[InputSchema, unknown[], [unknown, string][]]>([
    [
      { type: "string", minLength: 2, maxLength: 3 },
      ["ab", "abc"],
      [
        ["a", "must have at least 2 characters"],
        ["abcd", "must have at most 3 characters"],
        [5, "must be of type string"],
        [null, "must be of type string"],
        [{ length: { toString: 1 } }, "must be of type string"],
        [{ length: 2 }, "must be of type string"],
      ],
    ],
    [
      { type: "integer", minimum: 1, maximum: 10 },
      [1, 10, 5.0],
      [
        [0, "must be at least 1"],
        [11, "must be at most 10"],
        ["5", "must be a whole number"],
        [1.5, "must be a whole number"],
        [2 ** 60, "must be at most 10"],
      ],
    ],
    [
      { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1, multipleOf: 0.1 },
      [0.1, 0.3, 0.7],
      [
        [0, "must be more than 0"],
        [1, "must be less than 1"],
        [0.25, "must be a multiple of 0.1"],
        ["0.1", "must be of type number"],
      ],
    ],
    [{ type: "boolean" }, [true, false], [["true", "must be of type boolean"]]],
    [{ type: "null" }, [null], [[0, "must be of type null"]]],
    [{ type: ["string", "null"] }, ["a", null], [[1, "must be of type string"]]],
    [{ type: ["string", "integer"] }, ["a", 1], [[[], "must be of type string or integer"]]],
    [{ type: ["string", "array", "null"], maxItems: 1 }, ["a", [1], null], [[[1, 2], "must have at most 1 item"]]],
    [{ type: "string", enum: ["a", "b"] }, ["a", "b"], [["c", "must be one of a, b"]]],
    [{ type: ["string", "null"], enum: ["a", null] }, ["a", null], [["b", "must be one of a, null"]]],
    [{ enum: ["a", 5] }, ["a", 5], [["5", "must be one of a, 5"]]],
    [{ enum: [5, 10] }, [5], [["5", "must be one of the numbers 5, 10"]]],
    [{ type: "string", enum: ["a", 5] }, ["a"], [[5, "must be a"]]],
    [{ enum: [{ a: [1], b: null }] }, [{ b: null, a: [1] }], [[{ a: [1] }, 'must be {"a":[1],"b":null}']]],
    [
      { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2 },
      [[1], [1, 2]],
      [
        [[], "must have at least 1 item"],
        [[1, 2, 3], "must have at most 2 items"],
        ["12", "must be of type array"],
        [{ length: 1 }, "must be of type array"],
      ],
    ],
    [
      uri,
      [IMAGE, DATA_IMAGE, "HTTPS://example.com", "data:video/mp4,x"],
      [
        ["http://example.com/i.png", "must be an HTTPS URL or a data URI"],
        ["i.png", "must be an HTTPS URL or a data URI"],
        ["data:,x", "must be an HTTPS URL or a data URI"],
        [[IMAGE], "must be of type string"],
      ],
    ],
    [
      { ...uri, contentMediaType: "image/*", maxLength: IMAGE.length },
      [IMAGE, `${DATA_IMAGE}${"A".repeat(100)}`],
      [
        ["data:video/mp4,x", "must be an HTTPS URL or a data URI of an image"],
        [`${IMAGE}x`, `must have at most ${IMAGE.length} characters`],
      ],
    ],
    [{ ...uri, contentMediaType: "constructor/*" }, [IMAGE, DATA_IMAGE], [["x", "must be an HTTPS URL or a data URI"]]],
    [{ type: "string", format: "uuid" }, ["anything"], []],
    [{ type: "object" }, [{}, { a: 1 }], [[[], "must be of type object"]]],
    [{ type: "object", additionalProperties: { type: "integer" } }, [{}, { a: 1 }], []],
    [{}, [1, "a", null, [], {}], []],
    [{ anyOf: [{ type: "string" }, { type: "integer" }] }, ["a", 1], [[true, "must be of type string or integer"]]],
    [{ anyOf: [{ enum: ["auto"] }, { type: "integer" }] }, ["auto", 1], [["a", "must be auto, or a whole number"]]],
    [{ anyOf: [{ enum: ["a"] }, { enum: ["b", "c"] }] }, ["a", "c"], [["d", "must be one of a, b, c"]]],
    [{ anyOf: [uri, { type: "null" }] }, [IMAGE, null], [["i", "must be an HTTPS URL or a data URI"]]],
    [
      { maxItems: 1, anyOf: [{ type: "string" }, { type: "array", items: text }] },
      ["ab", ["a"]],
      [[["a", "b"], "must have at most 1 item"]],
    ],
    [{ properties: { a: text }, required: ["a"] }, [{ a: "a" }], [["a", "must be of type object"]]],
  ])("%j", (schema, accepted, refused) => {
    for (const value of accepted) expect([value, errorsOfX(schema, value)]).toEqual([value, undefined]);
    for (const [value, message] of refused) expect([value, errorsOfX(schema, value)]).toEqual([value, message]);
  });

  it.each<[string, InputSchema]>([
    ["no values", { enum: [] }],
    ["no alternatives", { anyOf: [] }],
    ["no types", { type: [] }],
    ["a step of 0", { type: "integer", multipleOf: 0 }],
    ["a tiny step", { type: "number", multipleOf: 1e-300 }],
  ])("with %s is not checked", (_, schema) => {
    expect(errorsOfX(schema, 5)).toBeUndefined();
  });

  it("ignores its type if no value of its enum has it", () => {
    expect(errorsOfX({ type: "integer", enum: ["5", "10"] }, "5")).toBeUndefined();
    expect(errorsOfX({ type: "integer", enum: ["5", "10"] }, "6")).toBe("must be one of 5, 10");
  });
});

describe("an object", () => {
  const schema = closed({
    aspect_ratio: text,
    style: closed({ strength: { type: "number" } }, { required: ["strength"] }),
  });

  it("reports every invalid field, at any depth", () => {
    expect(errorsIn(schema, { aspect_ratio: 1, style: { strenght: 1 }, ratio: "x", zzzzzz: 1 })).toEqual({
      "/aspect_ratio": "must be of type string",
      "/style/strength": "is required",
      "/style/strenght": "is not a known field; did you mean strength?",
      "/ratio": "is not a known field; did you mean aspect_ratio?",
      "/zzzzzz":
        "is not a known field; use aspect_ratio, style, model, webhooks, webhook_url, retention_days, metadata",
    });
  });

  it("accepts unknown fields if handling is lenient, but not invalid ones", () => {
    expect(errorsIn(schema, { ratio: "x", style: { strength: 1, more: {} } }, "lenient")).toEqual({});
    expect(errorsIn(schema, { aspect_ratio: 1, style: { more: {} } }, "lenient")).toEqual({
      "/aspect_ratio": "must be of type string",
      "/style/strength": "is required",
    });
  });

  it.each([
    [true, {}],
    [undefined, {}],
    [false, { "/b": "is not a known field; use aaaa, model, webhooks, webhook_url, retention_days, metadata" }],
    [{ type: "integer" }, { "/b": "must be a whole number" }],
  ] as const)("with additionalProperties %j", (additionalProperties, errors) => {
    const open = { type: "object", properties: { aaaa: text } } as const;
    const given = additionalProperties === undefined ? open : { ...open, additionalProperties };
    expect(errorsIn(given, { aaaa: "a", b: "b" })).toEqual(errors);
  });

  it("can require fields that the schema does not describe", () => {
    const schema = closed({}, { required: ["a", "toString"] });
    expect(errorsIn(schema, {})).toEqual({ "/a": "is required", "/toString": "is required" });
    expect(errorsIn(schema, { a: null, toString: 1 })).toEqual({});
  });

  it("can have fields named like inherited properties", () => {
    const fields: [string, InputSchema][] = [
      ["constructor", text],
      ["toString", text],
      ["valueOf", { type: "integer" }],
    ];
    const schema = closed(Object.fromEntries(fields));
    expect(errorsIn(schema, {})).toEqual({});
    expect(errorsIn(schema, { constructor: "a", toString: "b" })).toEqual({});
    expect(errorsIn(schema, { constructor: 1, valueOf: "c" })).toEqual({
      "/constructor": "must be of type string",
      "/valueOf": "must be a whole number",
    });
    const other = closed({ a: text }, { required: ["constructor"] });
    expect(errorsIn(other, { hasOwnProperty: 1 })).toEqual({
      "/constructor": "is required",
      "/hasOwnProperty":
        "is not a known field; use a, constructor, model, webhooks, webhook_url, retention_days, metadata",
    });
  });

  it("never has a field named __proto__", () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
    );
    expect(errorsIn(schema, {})).toEqual({});
    expect(errorsIn(schema, JSON.parse('{"__proto__":"x"}'))).toEqual({
      "/__proto__": "is not allowed as a field name",
    });
  });

  it("cannot redefine Reelhook's own fields", () => {
    const ours = { webhooks: [{ url: "https://hooks.example.com/" }], metadata: { a: "b" } };
    const fields = { webhooks: { type: "integer" }, metadata: { type: "string" } } as const;
    const one = closed(fields, { required: ["webhook_url", "model"], anyOf: [{ required: ["retention_days"] }] });
    const other = closed(fields, { anyOf: [{ properties: { model: uri, metadata: uri } }] });
    for (const schema of [one, other]) {
      expect(errorsIn(schema, ours)).toEqual({});
      expect(errorsIn(schema, { ...ours, webhooks: 1 })).toEqual({ "/webhooks": "must be of type array" });
    }
  });

  it("suggests names only for as many unknown fields as an answer has room for", () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`prompt_${at}`, at]));
    const messages = Object.values(errorsIn(closed({ prompt: text }), many));
    expect(messages).toEqual([
      ...Array(100).fill("is not a known field; did you mean prompt?"),
      ...Array(50).fill("is not a known field"),
    ]);
  });

  it("has full messages only for as many errors as an answer has room for", () => {
    const list: InputSchema = { type: "array", items: { enum: ["a".repeat(1_000), "b"] } };
    const wrong = Array(75).fill("c");
    const messages = Object.values(errorsIn(closed({ first: list, second: list }), { first: wrong, second: wrong }));
    expect(messages).toEqual([
      ...Array(100).fill(`must be one of ${"a".repeat(1_000)}, b`),
      ...Array(50).fill("is not valid"),
    ]);
  });

  it("has a well-formed message even if its schema contains a lone surrogate", () => {
    expect(errorsIn(closed({ a: { enum: ["\ud83d"] } }), { a: "b" })).toEqual({ "/a": "must be \ufffd" });
  });
});

describe("alternatives", () => {
  const file = (type: string, more: InputSchema = uri) =>
    closed({ type: { type: "string", enum: [type] }, url: more }, { required: ["type", "url"] });
  const files = closed({ frame: { anyOf: [file("image"), file("video"), { type: "null" }] } });

  it.each<[object, Record<string, string>]>([
    [{ frame: null }, {}],
    [{ frame: { type: "video", url: IMAGE } }, {}],
    // The constant decides which alternative is meant.
    [{ frame: { type: "video" } }, { "/frame/url": "is required" }],
    [
      { frame: { type: "image", url: "x", uri: 1 } },
      {
        "/frame/url": "must be an HTTPS URL or a data URI",
        "/frame/uri": "is not a known field; did you mean url?",
      },
    ],
    [{ frame: { url: IMAGE } }, { "/frame/type": "is required" }],
    [{ frame: {} }, { "/frame/type": "is required", "/frame/url": "is required" }],
    [{ frame: { type: "x", url: IMAGE } }, { "/frame/type": "must be one of image, video" }],
    [
      { frame: { type: "x", extra: 1 } },
      {
        "/frame/type": "must be one of image, video",
        "/frame/url": "is required",
        "/frame/extra": "is not a known field; use type, url",
      },
    ],
    [{ frame: "x" }, { "/frame": "must be of type object or null" }],
  ])("of %j", (input, errors) => {
    expect(errorsIn(files, input)).toEqual(errors);
  });

  it("with a constant that fits are chosen, even if another one has fewer errors", () => {
    const large = closed({ type: { enum: ["large"] }, a: text, b: text }, { required: ["type", "a", "b"] });
    const small = closed({ type: { enum: ["small"] }, a: text }, { required: ["type"] });
    expect(errorsIn(closed({ x: { anyOf: [small, large] } }), { x: { type: "large" } })).toEqual({
      "/x/a": "is required",
      "/x/b": "is required",
    });
  });

  it("that differ only in the type of a field have their types merged", () => {
    const schema = closed({ x: { anyOf: [closed({ a: { type: "integer" } }), closed({ a: { type: "boolean" } })] } });
    expect(errorsIn(schema, { x: { a: "a" } })).toEqual({ "/x/a": "must be of type integer or boolean" });
  });

  it("do not accept each other's fields", () => {
    const schema = closed({
      x: { type: "object", anyOf: [file("image"), closed({ id: text }, { required: ["id"] })] },
    });
    expect(errorsIn(schema, { x: { type: "image", url: IMAGE } })).toEqual({});
    expect(errorsIn(schema, { x: { type: "image", url: IMAGE, id: "a" } })).toEqual({ "/x/id": expect.any(String) });
  });

  it("cannot refuse Reelhook's own fields, even if only they name the model's fields", () => {
    const one = closed({ kind: { enum: ["a"] }, x: text }, { required: ["kind"] });
    const other = closed({ kind: { enum: ["b"] }, y: text }, { required: ["kind"] });
    const schema: InputSchema = { type: "object", anyOf: [one, other] };
    expect(errorsIn(schema, { kind: "a", x: "x", metadata: { a: "b" } })).toEqual({});
    expect(errorsIn(schema, { kind: "c", z: 1 })).toEqual({
      "/kind": "must be one of a, b",
      "/z": expect.stringMatching(/^is not a known field; use kind, [xy]/),
    });
  });

  it.each<[InputSchema[], object, Record<string, string>]>([
    [[{ required: ["a"] }, { required: ["b"] }], {}, { "": "needs a or b" }],
    [[{ required: ["a"] }, { required: ["b"] }], { b: "b" }, {}],
    [[{ required: ["a"] }, { required: ["b"] }, { required: ["c"] }], {}, { "": "needs a, b or c" }],
    [[{ required: ["a", "b"] }, { required: ["c"] }], {}, { "": "needs a and b, or c" }],
    [[{ required: ["a"] }, { required: ["a"] }, { required: ["b"] }], {}, { "": "needs a or b" }],
    [[{ required: ["a", "b"] }, { required: ["c"] }], { b: "b" }, { "": "needs a or c" }],
    [[{ required: ["a", "b"] }, { required: ["a", "c"] }], {}, { "/a": "is required", "": "needs b or c" }],
    [[{ required: ["a"] }, { required: ["a", "c"] }], {}, { "/a": "is required" }],
    [
      [{ required: ["a"] }, { required: ["b"] }],
      { c: 1, d: 1 },
      {
        "": "needs a or b",
        "/c": "must be of type string",
        "/d": expect.stringMatching(/^is not a known field; use a, b, c, model/),
      },
    ],
  ])("%j beside the fields, of %j", (anyOf, input, errors) => {
    expect(errorsIn(closed({ a: text, b: text, c: text }, { anyOf }), input)).toEqual(errors);
  });

  it("with an invalid field are preferred to ones with a missing field", () => {
    const one: InputSchema = { properties: { a: { type: "integer" } }, required: ["a"] };
    const schema = closed({ a: {}, b: {} }, { anyOf: [{ required: ["b"] }, one] });
    expect(errorsIn(schema, { a: "y" })).toEqual({ "/a": "must be a whole number" });
  });

  it("beside the fields of a nested object are reported at that object", () => {
    const schema = closed({ x: closed({ a: text, b: text }, { anyOf: [{ required: ["a"] }, { required: ["b"] }] }) });
    expect(errorsIn(schema, { x: {} })).toEqual({ "/x": "needs a or b" });
    expect(errorsIn(schema, { x: { a: "a", c: 1 } })).toEqual({ "/x/c": expect.stringContaining("is not a known") });
  });

  it("with thousands of unknown fields are compared in linear time", () => {
    const many = Object.fromEntries(Array.from({ length: 4_900 }, (_, at) => [`field_${at}`, at]));
    expect(Object.keys(errorsIn(files, { frame: { type: "x", ...many } }))).toHaveLength(4_902);
  });
});

it("an input is accepted if and only if it fits the schema", () => {
  const schemaAndInput = soundSchema.chain((schema) => fc.tuple(fc.constant(schema), likely(schema)));
  const counts = { true: 0, false: 0 };
  fc.assert(
    fc.property(schemaAndInput, fc.boolean(), ([schema, input], isLenient) => {
      fc.pre(typeof input === "object" && input !== null && !Array.isArray(input));
      // These names are refused or Reelhook's own, whatever the schema says.
      fc.pre(!/"(__proto__|webhooks|model)":|\\ud83d/.test(JSON.stringify(input)));
      const errors = errorsIn(schema, input, isLenient ? "lenient" : "strict");
      const isAccepted = fits(input, schema, isLenient);
      counts[`${isAccepted}`]++;
      expect([errors, Object.keys(errors).length === 0]).toEqual([errors, isAccepted]);
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(counts.true, counts.false)).toBeGreaterThan(100);
});

describe("a large request for a model with a hostile schema", () => {
  const names = Array.from({ length: 200 }, (_, at) => `f${at}`);
  const values = Array.from({ length: 2_000 }, (_, at) => ({ at }));

  it.each<[string, InputSchema, unknown]>([
    ["a list of objects that lack fields", { type: "array", items: { type: "object", required: names } }, {}],
    ["a list of values that are not allowed", { type: "array", items: { enum: values } }, {}],
    ["an object of objects that lack fields", { additionalProperties: { type: "object", required: names } }, {}],
    [
      "an object of unknown fields",
      { additionalProperties: closed(Object.fromEntries(names.map((n) => [n, {}]))) },
      { g: 1 },
    ],
  ])("has only as many errors as an answer names: %s", (_, schema, value) => {
    const all = Array(4_000).fill(value);
    const errors = errorsOfMany(schema, schema.type === "array" ? all : { ...all });
    expect(errors.length).toBeGreaterThan(100);
    expect(errors.length).toBeLessThanOrEqual(300);
    expect(errors[0]).toMatch(/^[/]x[/]0/);
  });

  it("names the errors of both named and other fields of an object", () => {
    const schema: InputSchema = { properties: { a: text }, required: ["a"], additionalProperties: { type: "number" } };
    expect(errorsOfMany(schema, { b: "x", c: 5 })).toEqual(["/x/a", "/x/b"]);
  });
});
