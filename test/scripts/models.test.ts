import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inputsOf } from "../../scripts/models/breakages.ts";
import { checkModel, type Parse } from "../../scripts/models/check.ts";
import { fits } from "../../scripts/models/fits.ts";
import { sampleOf } from "../../scripts/models/samples.ts";
import type { JsonValue } from "../../src/core/json.ts";
import type { InputSchema } from "../../src/core/models/input-schema.ts";
import { DOCUMENTS, documentOf } from "../support/catalogue.ts";
import { closed } from "../support/models.ts";

const TEXT: InputSchema = { type: "string" };

describe("a sample", () => {
  it.each<[InputSchema, JsonValue, JsonValue]>([
    [{ type: "string" }, "a", "a"],
    [{ type: "string", minLength: 3 }, "aaa", "aaa"],
    [{ type: "string", maxLength: 0 }, "", ""],
    [{ type: "string", enum: ["x", "y"] }, "x", "x"],
    [{ type: "string", format: "uri", contentMediaType: "image/*" }, expect.any(String), expect.stringMatching("png")],
    [{ type: "integer" }, 1, 1],
    [{ type: "integer", maximum: -5 }, -5, -5],
    [{ type: "integer", exclusiveMinimum: 4, multipleOf: 4 }, 8, 8],
    [{ type: "number", exclusiveMinimum: 0, maximum: 1 }, 0.5, 0.5],
    [{ type: "boolean" }, true, true],
    [{ type: ["null", "string"] }, null, null],
    [{ type: "array", items: TEXT, maxItems: 5 }, [], ["a"]],
    [{ type: "array", items: TEXT, minItems: 2 }, ["a", "a"], ["a", "a"]],
    [closed({ a: TEXT, b: TEXT }, { required: ["a"] }), { a: "a" }, { a: "a", b: "a" }],
    [{ anyOf: [closed({ a: TEXT }), { type: "null" }] }, {}, { a: "a" }],
    [
      closed({ a: TEXT, b: TEXT }, { anyOf: [{ required: ["b"] }, { required: ["a"] }] }),
      { b: "a" },
      { a: "a", b: "a" },
    ],
  ])("of %j", (schema, least, full) => {
    expect([sampleOf(schema, "least"), sampleOf(schema, "full")]).toEqual([least, full]);
    expect([fits(sampleOf(schema, "least"), schema), fits(sampleOf(schema, "full"), schema)]).toEqual([true, true]);
  });
});

describe("the broken inputs", () => {
  const broken = (schema: InputSchema) =>
    inputsOf(schema).broken.map(({ kind, pointer, input }) => [kind, pointer, input]);

  it("break each rule once, at any depth", () => {
    const schema = closed({
      n: { type: "integer", minimum: 1, maximum: 2 },
      list: { type: "array", items: closed({ "a/b": TEXT }) },
    });
    expect(broken(schema)).toEqual([
      ["unknown", "/not_a_field", { n: 1, list: [{ "a/b": "a" }], not_a_field: 1 }],
      ["type", "/n", { n: "1", list: [{ "a/b": "a" }] }],
      ["type", "/n", { n: 1.5, list: [{ "a/b": "a" }] }],
      ["bound", "/n", { n: 0, list: [{ "a/b": "a" }] }],
      ["bound", "/n", { n: 3, list: [{ "a/b": "a" }] }],
      ["type", "/list", { n: 1, list: 5 }],
      ["type", "/list/0", { n: 1, list: [5] }],
      ["unknown", "/list/0/not_a_field", { n: 1, list: [{ "a/b": "a", not_a_field: 1 }] }],
      ["type", "/list/0/a~1b", { n: 1, list: [{ "a/b": 5 }] }],
    ]);
  });

  it.each<[string, InputSchema, unknown[]]>([
    ["an enum", { enum: ["x", "y"] }, [["enum", "/f", { f: "x-broken" }]]],
    ["an enum of numbers", { enum: [5, 10] }, [["enum", "/f", { f: 11 }]]],
    [
      "a length",
      { maxLength: 1, minLength: 1 },
      [
        ["bound", "/f", { f: "" }],
        ["bound", "/f", { f: "aa" }],
      ],
    ],
    [
      "a URL",
      { format: "uri", maxLength: 30 },
      [
        ["bound", "/f", { f: "not a URL" }],
        ["bound", "/f", { f: `https://example.com/${"a".repeat(31)}` }],
      ],
    ],
    [
      "a step",
      { type: "number", multipleOf: 2 },
      [
        ["type", "/f", { f: "2" }],
        ["bound", "/f", { f: 3 }],
      ],
    ],
    [
      "alternatives",
      { anyOf: [TEXT, { type: "integer", minimum: 3 }] },
      [
        ["type", "/f", { f: true }],
        ["type", "/f", { f: 3.5 }],
        ["bound", "/f", { f: 2 }],
      ],
    ],
  ])("of %s", (_, schema, expected) => {
    const [unknown, ...others] = broken(closed({ f: schema }));
    expect(unknown).toEqual(["unknown", "/not_a_field", expect.anything()]);
    expect(others).toEqual(expected);
  });

  it("lack each required field, and all fields of which one is required", () => {
    const anyOf = [{ required: ["a"] }, { required: ["b"] }];
    const { broken } = inputsOf(closed({ a: TEXT, b: TEXT, c: TEXT }, { required: ["c"], anyOf }));
    const lacking = broken.filter(({ kind }) => kind === "required");
    expect(lacking).toEqual([
      { kind: "required", pointer: "/c", input: { a: "a", b: "a" } },
      { kind: "required", pointer: "/a", input: { c: "a" } },
      { kind: "required", pointer: "/b", input: { c: "a" } },
    ]);
  });
});

describe("the check", () => {
  it.each(Object.entries(DOCUMENTS))("finds nothing wrong with %s", (id, document) => {
    const report = checkModel(id, document);
    expect(report).toMatchObject({ id, isChecked: true, failures: [] });
    expect(report.accepted).toBeGreaterThan(0);
    expect(new Set(report.refused)).toEqual(new Set(report.refused.concat("type", "required", "unknown")));
  });

  it("finds nothing wrong if one of several fields is required", () => {
    const document = documentOf("acme/one", { a: { type: "string" }, b: { type: "string" } }, []);
    const schema = { anyOf: [{ required: ["a"] }, { required: ["b"] }] };
    const text = JSON.stringify(document).replace('"required":["model"]', JSON.stringify(schema).slice(1, -1));
    const { failures, refused } = checkModel("acme/one", JSON.parse(text));
    expect([failures, refused.filter((kind) => kind === "required")]).toEqual([[], ["required", "required"]]);
  });

  const document = documentOf("acme/one", { prompt: { type: "string", maxLength: 3 } });

  it("reports broken inputs that are accepted", () => {
    const value = {} as never;
    const acceptAll: Parse = () => ({ valid: true, value });
    expect(checkModel("acme/one", document, acceptAll)).toMatchObject({
      accepted: 0,
      failures: [
        { pointer: "/prompt", message: "an input that breaks its required is accepted" },
        { pointer: "/not_a_field", message: "an input that breaks its unknown is accepted" },
        { pointer: "/prompt", message: "an input that breaks its type is accepted" },
        { pointer: "/prompt", message: "an input that breaks its bound is accepted" },
      ],
    });
  });

  it("reports valid inputs that are refused, and wrong pointers", () => {
    const refuseAll: Parse = () => ({ valid: false, errors: [{ pointer: "", message: "is bad" }] });
    const { failures } = checkModel("acme/one", document, refuseAll);
    expect(failures).toContainEqual({ pointer: "", message: "a valid input is refused: is bad" });
    expect(failures).toContainEqual({
      pointer: "/prompt",
      message: "an input that breaks its type is refused, but not for that alone: the body: is bad",
    });
  });

  it.each<[string, Parse, string]>([
    [
      "what is refused for another field, too",
      (_, body) => {
        const errors = Object.entries(body).flatMap(([name, value]) =>
          name === "model" || value === "a" ? [] : [{ pointer: `/${name}`, message: "is bad" }],
        );
        const other = { pointer: "/other", message: "is bad" };
        return errors.length === 0 ? { valid: true, value: {} as never } : { valid: false, errors: [...errors, other] };
      },
      "an input that breaks its type is refused, but not for that alone: /prompt: is bad; /other: is bad",
    ],
    [
      "what only lenient handling accepts",
      (_, __, handling) =>
        handling === "lenient"
          ? { valid: true, value: {} as never }
          : { valid: false, errors: [{ pointer: "/prompt", message: "is bad" }] },
      "an input that breaks its bound is accepted",
    ],
  ])("finds %s", (_, parse, message) => {
    const { failures } = checkModel("acme/one", document, parse);
    expect(failures).toContainEqual({ pointer: "/prompt", message });
  });

  it("tries null where it is allowed", () => {
    const { valid } = inputsOf(closed({ a: { type: ["string", "null"] } }));
    expect(valid).toContainEqual({ a: null });
  });

  it("reports a model without a schema as not checked", () => {
    expect(checkModel("acme/one", {})).toMatchObject({ isChecked: false, failures: [] });
  });
});

describe("npm run models", () => {
  const run = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), "models-"));
    try {
      const file = join(folder, "catalogue.json");
      writeFileSync(file, text);
      const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/models.ts", file], { encoding: "utf8" });
      return { status, lines: stdout.trim().split("\n"), stderr };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it("prints a line for each model, and the total", () => {
    const properties = { model: { type: "string", enum: ["acme/one"] }, prompt: { type: "string" } };
    const schema = { type: "object", properties, required: ["model", "prompt"] };
    const paths = ["/v2/video/generations"];
    const entries = { "acme/one": { paths, schema }, "acme/two": { paths, schema: { type: "string" } } };
    expect(run(JSON.stringify(entries))).toEqual({
      status: 0,
      lines: [
        "acme/one: 1 accepted, 3 broken ones refused",
        "acme/two: no readable schema; any input is passed on",
        "",
        "2 models, 0 failed, 1 without a schema: 1 inputs accepted, 3 broken inputs refused (type 1, enum 0, bound 0, required 1, unknown 1)",
      ],
      stderr: "",
    });
  });

  it.each([
    ["{", ""],
    ["[]", "it has no models"],
    ["{}", "it has no models"],
    ['{"acme/one": {"schema": {}}}', "acme/one has no paths or no schema"],
    ['{"acme/one": null}', "acme/one has no paths or no schema"],
  ])("says that it cannot read %s", (text, reason) => {
    const { status, lines, stderr } = run(text);
    expect({ status, lines }).toEqual({ status: 1, lines: [""] });
    expect(stderr).toMatch(/catalogue\.json cannot be read: .+\n$/);
    expect(stderr).toContain(reason);
  });
});
