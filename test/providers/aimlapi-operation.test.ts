// Reading the documents of models: OpenAPI descriptions as the provider writes them, unusual ones, and hostile ones.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOperation } from "../../src/providers/aimlapi-operation.ts";
import { DOCUMENTS, documentOf } from "../support/catalogue.ts";

const ID = "acme/dream-1";
const UNIVERSAL = "/v2/video/generations";

function pathsOf(schema: unknown, type = "application/json", path = UNIVERSAL): object {
  return { [path]: { post: { requestBody: { content: { [type]: { schema } } } } } };
}

/** The input schema read from a document with this schema. */
function schemaOf(schema: unknown, more: object = {}) {
  return readOperation({ openapi: "3.0.0", paths: pathsOf(schema), ...more }, ID)?.inputSchema;
}

/** The schema read for one field with this schema. */
function fieldOf(field: unknown, more: object = {}) {
  return schemaOf({ type: "object", properties: { field } }, more)?.properties?.["field"];
}

describe("readOperation", () => {
  it("reads the path and the schema, without the field `model`", () => {
    const { path, inputSchema } = readOperation(DOCUMENTS[ID], ID) ?? {};
    expect(path).toBe(UNIVERSAL);
    expect(inputSchema).toEqual({
      type: "object",
      properties: {
        prompt: {
          type: "string",
          minLength: 1,
          maxLength: 1000,
          description: "What to show.",
          examples: ["a raccoon"],
        },
        aspect_ratio: { type: "string", enum: ["16:9", "9:16"], default: "16:9" },
        duration: { type: "integer", enum: [5, 10], default: 5 },
        seed: { type: "integer", minimum: 0, maximum: 4_294_967_295 },
        cfg_scale: { type: "number", exclusiveMinimum: 0, maximum: 1 },
        watermark: { type: "boolean", default: false },
        style: { type: "string", deprecated: true },
      },
      required: ["prompt"],
      additionalProperties: false,
    });
  });

  it("reads null as a type and as an alternative, nested objects, and a value or a list of values", () => {
    expect(
      readOperation(DOCUMENTS["brook/keyframes"], "brook/keyframes")?.inputSchema?.properties?.["keyframes"],
    ).toEqual({
      type: "object",
      properties: Object.fromEntries(
        ["frame0", "frame1"].map((frame) => [
          frame,
          {
            anyOf: [
              {
                type: "object",
                properties: { type: { type: "string", enum: ["image"] }, url: { type: "string", format: "uri" } },
                required: ["type", "url"],
                additionalProperties: false,
              },
              { type: "null" },
            ],
          },
        ]),
      ),
      additionalProperties: false,
    });
    const morph = readOperation(DOCUMENTS["acme/morph-2"], "acme/morph-2")?.inputSchema?.properties;
    expect(morph?.["multi_prompt"]).toMatchObject({ type: ["array", "null"], minItems: 1, maxItems: 6 });
    expect(morph?.["image_url"]?.anyOf).toEqual([
      { type: "string", format: "uri" },
      { type: "array", items: { type: "string", format: "uri" }, minItems: 1, maxItems: 4 },
    ]);
    expect(morph?.["resolution"]).toEqual({ enum: ["720p", "1080p"], default: "720p" });
  });

  it.each([
    [["/v2/generate/video/kling/generation", UNIVERSAL], UNIVERSAL],
    [["/v2/generate/video/kling/generation", "/v1/x"], "/v2/generate/video/kling/generation"],
    [["/v1/{model}/x", "//evil.example/x", "/a/../b", "/a?b", "/a b", "/ok"], "/ok"],
    [[`/${"a".repeat(300)}`, "https://evil.example"], UNIVERSAL],
  ])("chooses among the paths %j: %s", (paths, expected) => {
    expect(readOperation(documentOf(ID, { prompt: {} }, [], paths), ID)?.path).toBe(expected);
  });

  it("skips a path whose schema is only for other models", () => {
    const schema = (id: string) => ({ properties: { model: { type: "string", enum: [id] }, [`for_${id}`]: {} } });
    const [vendor, files] = ["/v2/generate/video/acme/generation", "/v1/files"];
    const of = (path: string, id: string) => pathsOf(schema(id), "application/json", path);
    const pathFor = (paths: object) => readOperation({ paths }, "mine")?.path;
    expect(pathFor({ ...of(files, "other"), ...of(vendor, "mine") })).toBe(vendor);
    expect(pathFor({ ...of(UNIVERSAL, "other"), ...of(vendor, "mine") })).toBe(vendor);
    expect(pathFor({ ...of(vendor, "mine"), ...of(UNIVERSAL, "mine") })).toBe(UNIVERSAL);
    // The document may name the model in another way.
    expect(pathFor({ ...of(vendor, "other"), ...of(UNIVERSAL, "other") })).toBe(UNIVERSAL);
  });

  it("follows references to a path, an operation, a body and its schema", () => {
    const schema = { properties: { a: { type: "string" } } };
    const root = {
      paths: { [UNIVERSAL]: { $ref: "#/c/Path" } },
      c: {
        Path: { post: { $ref: "#/c/Post" } },
        Post: { requestBody: { $ref: "#/c/Body" } },
        Body: { content: { "application/json ; charset=utf-8": { schema: { $ref: "#/c/Schema" } } } },
        Schema: schema,
      },
    };
    expect(readOperation(root, ID)?.inputSchema?.properties).toEqual(schema.properties);
  });

  it("chooses the first path with a POST body", () => {
    const post = {
      requestBody: { content: { "application/json; charset=utf-8": { schema: { properties: { a: {} } } } } },
    };
    const paths = { [UNIVERSAL]: { get: {}, post: {} }, "/v1/other": { post } };
    expect(readOperation({ paths }, ID)).toMatchObject({ path: "/v1/other", inputSchema: { properties: { a: {} } } });
  });

  it.each([[null], ["text"], [[]], [{}], [{ paths: 5 }], [{ message: "Not found" }]])(
    "is not a document: %j",
    (other) => {
      expect(readOperation(other, ID)).toBeNull();
    },
  );

  it.each([
    ["no path", {}],
    ["no schema", { [UNIVERSAL]: { post: { requestBody: { content: { "application/json": {} } } } } }],
    ["no JSON", { [UNIVERSAL]: { post: { requestBody: { content: { "multipart/form-data": { schema: {} } } } } } }],
  ])("has no schema for a document with %s", (_, paths) => {
    expect(readOperation({ paths }, ID)).toEqual({ path: UNIVERSAL, inputSchema: null });
  });

  it.each([
    [null],
    [true],
    [{}],
    [{ type: "string" }],
    [{ type: "object" }],
    [{ properties: {} }],
    [{ properties: [] }],
  ])("has no schema if the document's schema is %j", (schema) => {
    expect(schemaOf(schema)).toBeNull();
    expect(schemaOf({ properties: { model: { enum: [ID] } }, required: ["model"] })).toBeNull();
  });

  it("follows references only within the document", () => {
    const components = {
      schemas: {
        Input: { properties: { a: { $ref: "#/components/schemas/Text" }, b: { $ref: "https://evil.example/x" } } },
        Text: { $ref: "#/components/schemas/Odd~1~0%20name" },
        "Odd/~ name": { type: "string", maxLength: 5 },
        Loop: { $ref: "#/components/schemas/Loop" },
        Tree: { type: "object", properties: { next: { $ref: "#/components/schemas/Tree" } } },
        Wide: {
          type: "object",
          properties: { a: { $ref: "#/components/schemas/Wide" }, b: { $ref: "#/components/schemas/Wide" } },
        },
      },
    };
    const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    expect(schemaOf(ref("Input"), { components })?.properties).toEqual({ a: { type: "string", maxLength: 5 }, b: {} });
    expect(fieldOf({ ...ref("Text"), description: "More." }, { components })).toEqual({
      ...{ type: "string", maxLength: 5, description: "More." },
    });
    expect(fieldOf(ref("Loop"), { components })).toEqual({});
    expect(fieldOf({ $ref: "#/__proto__/constructor" })).toEqual({});
    const tree = JSON.stringify(fieldOf(ref("Tree"), { components }));
    expect(tree.match(/next/g)?.length).toBeLessThanOrEqual(12);
    expect(schemaOf({ properties: { wide: ref("Wide") } }, { components })).toBeNull();
  });

  it("merges allOf", () => {
    const components = { schemas: { Base: { properties: { prompt: { type: "string" } }, required: ["prompt"] } } };
    const other = { type: "object", properties: { seed: { type: "integer" } }, required: ["seed"] };
    expect(schemaOf({ allOf: [{ $ref: "#/components/schemas/Base" }, other] }, { components })).toEqual({
      type: "object",
      properties: { seed: { type: "integer" }, prompt: { type: "string" } },
      required: ["prompt", "seed"],
      additionalProperties: false,
    });
  });

  it.each(["oneOf", "anyOf"])("uses this model's member of %s", (word) => {
    const member = (id: string, more: object) => ({
      properties: { model: { type: "string", enum: [id] }, ...more },
      required: ["model"],
    });
    const members = [member("other", { a: {} }), member(ID, { b: { type: "string" } })];
    const common = { properties: { prompt: { type: "string" } }, required: ["prompt"] };
    expect(schemaOf({ [word]: members })).toMatchObject({ properties: { b: {} }, additionalProperties: false });
    expect(schemaOf({ ...common, [word]: members })).toEqual({
      type: "object",
      properties: { prompt: { type: "string" }, b: { type: "string" } },
      required: ["prompt"],
      additionalProperties: false,
    });
  });

  it("keeps alternative fields beside common ones", () => {
    const members = [
      { properties: { image_url: { type: "string" } }, required: ["image_url"] },
      { properties: { video_url: { type: "string" } }, required: ["video_url"] },
    ];
    expect(schemaOf({ properties: { prompt: { type: "string" } }, anyOf: members })).toEqual({
      type: "object",
      properties: { prompt: { type: "string" }, image_url: {}, video_url: {} },
      anyOf: members,
      additionalProperties: false,
    });
    // Also if one of them allows anything: the fields of the others are known.
    const orAny = schemaOf({ properties: { prompt: { type: "string" } }, anyOf: [...members, {}] });
    expect(Object.keys(orAny?.properties ?? {})).toEqual(["prompt", "image_url", "video_url"]);
  });
});

describe("a field of a schema", () => {
  it.each([
    [{ nullable: true }, { type: "null" }],
    [{ type: "string", nullable: true }, { type: ["string", "null"] }],
    [{ type: ["string", "null"] }, { type: ["string", "null"] }],
    [{ type: ["string", "integer", "date"] }, { type: ["string", "integer"] }],
    [
      { type: "string", nullable: true, enum: ["a"] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [{ nullable: true, enum: ["a"] }, { enum: ["a", null] }],
    [{ nullable: true, anyOf: [{ type: "string" }] }, { anyOf: [{ type: "string" }, { type: "null" }] }],
    [
      { nullable: true, items: { type: "string" } },
      { type: ["array", "null"], items: { type: "string" } },
    ],
    [{ oneOf: [{ type: "string" }, { type: "integer" }] }, { anyOf: [{ type: "string" }, { type: "integer" }] }],
    [{ anyOf: [{ type: "string" }, {}] }, {}],
    [{ const: "a" }, { enum: ["a"] }],
    [
      { type: "integer", enum: ["5", 10, "ten", 10] },
      { type: "integer", enum: [5, 10] },
    ],
    [
      { type: "number", enum: ["0.5"], default: "0.5" },
      { type: "number", enum: [0.5], default: 0.5 },
    ],
    [
      { type: "string", enum: ["5"], default: "5" },
      { type: "string", enum: ["5"], default: "5" },
    ],
    [{ type: "integer", enum: ["ten"] }, { type: "integer" }],
    [{ enum: [] }, {}],
    [{ enum: "a" }, {}],
    [
      { type: "integer", default: "5" },
      { type: "integer", default: 5 },
    ],
    [{ type: "integer", default: "five" }, { type: "integer" }],
    [{ type: "integer", default: 5.5 }, { type: "integer" }],
    [{ type: "boolean", default: "true" }, { type: "boolean" }],
    [
      { type: "string", enum: ["a"], default: "b" },
      { type: "string", enum: ["a"] },
    ],
    [{ type: "string", default: "x".repeat(2_001) }, { type: "string" }],
    [
      { type: "array", default: [1] },
      { type: "array", default: [1] },
    ],
    [
      { type: "string", examples: ["a", 5, "b"] },
      { type: "string", examples: ["a", "b"] },
    ],
    [
      { type: "object", additionalProperties: { type: "string" } },
      { type: "object", additionalProperties: { type: "string" } },
    ],
    [
      { type: "object", additionalProperties: true, properties: { a: {} } },
      { type: "object", additionalProperties: true, properties: { a: {} } },
    ],
    [{ type: "object" }, { type: "object" }],
    [{ type: "string", pattern: "^(a+)+$", "x-order": 1, readOnly: true }, { type: "string" }],
    [{ type: "string", required: true }, { type: "string" }],
    [{ type: "file" }, {}],
    [5, {}],
  ])("%j becomes %j", (field, expected) => {
    expect(fieldOf(field)).toEqual(expected);
  });

  it.each([
    [{ minimum: 0, exclusiveMinimum: true }, { exclusiveMinimum: 0 }],
    [{ maximum: 1, exclusiveMaximum: false }, { maximum: 1 }],
    [{ exclusiveMinimum: true }, {}],
    [
      { exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { exclusiveMinimum: 0, exclusiveMaximum: 1 },
    ],
    [{ minimum: 2, maximum: 1 }, {}],
    [
      { minimum: 1, maximum: 1 },
      { minimum: 1, maximum: 1 },
    ],
    [{ minimum: 1, exclusiveMaximum: 1 }, {}],
    [{ exclusiveMinimum: 1, maximum: 1 }, {}],
    [{ minimum: "1", maximum: null }, {}],
    [{ multipleOf: 0.1 }, { multipleOf: 0.1 }],
    [{ multipleOf: 0 }, {}],
    [{ multipleOf: -1 }, {}],
    [{ minLength: -1, maxLength: 5 }, { maxLength: 5 }],
    [{ minLength: 6, maxLength: 5 }, {}],
    [{ minItems: 1.5, maxItems: 1e300 }, {}],
    [
      { minItems: 1, maxItems: 3 },
      { minItems: 1, maxItems: 3 },
    ],
  ])("with the bounds %j has the bounds %j", (bounds, expected) => {
    expect(fieldOf(bounds)).toEqual(expected);
  });

  it("drops infinite numbers", () => {
    const field = JSON.parse('{"minimum": 1e999, "maximum": -1e999, "enum": [1e999], "default": -1e999}');
    expect(fieldOf(field)).toEqual({});
    const numbers = JSON.parse(`{"type": "number", "enum": [1e999, 5, "${"9".repeat(400)}"], "examples": [1e999]}`);
    expect(fieldOf(numbers)).toEqual({ type: "number", enum: [5] });
  });
});

describe("a hostile document", () => {
  it("cannot define fields with harmful names", () => {
    const properties = JSON.parse('{"__proto__": {"type": "string"}, "constructor": {}, "toString": {}, "ok": {}}');
    const schema = schemaOf({ properties, required: ["__proto__", "constructor", "ok", 5, null, "x".repeat(300)] });
    expect(Object.keys(schema?.properties ?? {})).toEqual(["ok"]);
    expect(schema?.required).toEqual(["ok"]);
    expect(Object.getPrototypeOf(schema?.properties)).toBe(Object.prototype);
  });

  it("cannot grow into a huge schema", () => {
    const levels = Array.from({ length: 12 }, (_, at) => [
      `L${at}`,
      {
        type: "object",
        properties: Object.fromEntries("abcdefgh".split("").map((name) => [name, { $ref: `#/c/L${at + 1}` }])),
      },
    ]);
    expect(schemaOf({ $ref: "#/c/L0" }, { c: Object.fromEntries(levels) })).toBeNull();
    const values = Array.from({ length: 2_000 }, (_, at) => `value-${at}`);
    const fields = Object.fromEntries(values.map((name) => [name, { $ref: "#/c/E" }]));
    expect(schemaOf({ properties: fields }, { c: { E: { enum: values } } })).toBeNull();
    const all = { allOf: Array(50).fill({ $ref: "#/c/A" }) };
    expect(schemaOf({ properties: { a: { $ref: "#/c/A" } } }, { c: { A: all } })?.properties).toEqual({ a: {} });
    expect(schemaOf({ properties: Object.fromEntries(values.map((name) => [name, {}])) })).toBeNull();
  });

  it("may have 50 alternatives in total, because each item of a list may be compared with them", () => {
    const alternatives = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ type: "string", maxLength: at }));
    const list = (count: number) => ({ type: "array", items: { anyOf: alternatives(count) } });
    const schema = (count: number) => schemaOf({ properties: { a: list(25), b: list(count) } });
    expect(schema(25)?.properties?.["b"]?.items?.anyOf).toHaveLength(25);
    expect(schema(26)).toBeNull();
  });

  it("has its long texts and deep schemas cut", () => {
    expect(fieldOf({ description: "x".repeat(5_000) })?.description).toHaveLength(2_000);
    const deep = (depth: number): object =>
      depth === 0 ? { type: "string" } : { type: "array", items: deep(depth - 1) };
    expect(JSON.stringify(fieldOf(deep(1_000))).match(/items/g)).toHaveLength(12);
    const nested = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(schemaOf({ properties: { a: { enum: [nested] } } })).toBeNull();
    expect(schemaOf({ properties: { a: { default: nested } } })).toBeNull();
  });

  it("is not read if its schema has more than 50 alternatives, or more than 500 nodes and required fields", () => {
    const some = (count: number, of: (at: number) => unknown) => Array.from({ length: count }, (_, at) => of(at));
    const text = (at: number) => ({ type: "string", maxLength: at });
    expect(fieldOf({ anyOf: some(50, text) })?.anyOf).toHaveLength(50);
    expect(schemaOf({ properties: { a: { anyOf: some(51, text) } } })).toBeNull();
    const nested = { anyOf: some(8, () => ({ anyOf: some(8, text) })) };
    expect(schemaOf({ properties: { a: nested } })).toBeNull();
    expect(schemaOf({ properties: { a: { required: some(497, (at) => `f${at}`) } } })).not.toBeNull();
    expect(schemaOf({ properties: { a: { required: some(499, (at) => `f${at}`) } } })).toBeNull();
  });

  it.each([
    ["merged properties", { allOf: Array(40).fill({ $ref: "#/c/Big" }) }],
    ["merged required names", { allOf: Array(40).fill({ $ref: "#/c/Names" }) }],
    ["required names", { $ref: "#/c/Names" }],
    ["types", { type: Array(40_000).fill("text") }],
    ["a default", { default: "x".repeat(500_000) }],
    ["an object as default", { default: { a: "x".repeat(500_000) } }],
    ["a reference", { $ref: `#/${"%41".repeat(150_000)}` }],
  ])("is given up instead of read for minutes if references repeat %s hundreds of times", (_, often) => {
    const c = {
      Often: often,
      Big: { properties: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`p${at}`, 1])) },
      Names: { required: Array(40_000).fill(1) },
    };
    const level = (depth: number): object => ({ ...often, ...(depth === 0 ? {} : { anyOf: [level(depth - 1)] }) });
    const fields = Array.from({ length: 30 }, (_, at) => [`f${at}`, { anyOf: [level(9)] }] as const);
    const repeated = Array.from({ length: 450 }, (_, at) => [`r${at}`, { $ref: "#/c/Often" }] as const);
    for (const properties of [fields, repeated]) {
      expect(readOperation({ paths: pathsOf({ properties: Object.fromEntries(properties) }), c }, ID)).toBeDefined();
    }
  });

  it("never makes the reader throw", () => {
    const word = fc.constantFrom(
      ...["type", "properties", "required", "items", "anyOf", "oneOf", "allOf", "enum", "const", "nullable", "default"],
      ...["minimum", "maximum", "exclusiveMinimum", "$ref", "additionalProperties", "description", "examples", "model"],
    );
    const leaf = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom("string", "object", "#/c/A", "array", ID));
    const { schema } = fc.letrec((tie) => ({
      schema: fc.oneof(
        { depthSize: "medium" },
        leaf,
        fc.dictionary(word, tie("schema"), { maxKeys: 6 }),
        fc.array(tie("schema"), { maxLength: 4 }),
      ),
    }));
    fc.assert(
      fc.property(schema, schema, (one, other) => {
        const read = schemaOf(one, { c: { A: other } });
        if (read != null) expect(JSON.stringify(read).length).toBeLessThanOrEqual(64 * 1024);
      }),
      { numRuns: 2_000 },
    );
  });
});
