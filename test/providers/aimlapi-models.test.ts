// Reading the provider's list of models, in its documented shape and in others.

import { describe, expect, it } from "vitest";
import { readModels } from "../../src/providers/aimlapi-models.ts";
import { readPricing } from "../../src/providers/aimlapi-pricing.ts";
import { LISTED, listed } from "../support/catalogue.ts";

const idsOf = (answer: unknown) => readModels(answer)?.map(({ id }) => id);

describe("readModels", () => {
  it("reads the documented shape", () => {
    const models = readModels({ object: "list", data: LISTED });
    expect(models?.[0]).toEqual({
      id: "acme/dream-1",
      name: "Dream 1",
      developer: "Acme",
      aliases: ["acme-dream", "dream-legacy"],
      capabilities: ["text_to_video"],
      pricing: { kind: "fixed", units: [{ name: "video", measure: "second", price: 0.05, per: 1 }] },
      docsUrl: "https://docs.example.com/",
      document: "/docs-json?model=acme%2Fdream-1&endpoint=internal%2Fvideo-generations%2Fsubmit",
    });
  });

  it("keeps only video models, even if the provider ignores the filter", () => {
    expect(idsOf({ data: LISTED })).not.toContain("acme/chat-1");
    const untold = { modalities: undefined, type: undefined };
    const data = [
      listed("by-output", { type: "something", modalities: { output: ["audio", "video"] } }),
      listed("by-type", { modalities: {} }),
      listed("untold", untold),
      listed("image", { modalities: { output: ["image"] } }),
      listed("text", { ...untold, type: "chat-completion" }),
    ];
    expect(idsOf({ data })).toEqual(["by-output", "by-type", "untold"]);
    expect(idsOf(data)).toEqual(["by-output", "by-type", "untold"]);
  });

  it("reads a list of another name, and outputs written otherwise", () => {
    const one = listed("one", { modalities: { output: "Video" } });
    expect(idsOf({ object: "list", models: [one] })).toEqual(["one"]);
    expect(idsOf({ data: {}, items: [one, listed("image", { modalities: { output: "image" } })] })).toEqual(["one"]);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "models"],
    ["an empty list", { data: [] }],
    ["an empty object", {}],
    ["a map", { data: { "acme/dream-1": listed("acme/dream-1") } }],
    ["an error", { message: "Too many requests", statusCode: 429 }],
    ["other models only", { data: [listed("image", { modalities: { output: ["image"] } })] }],
    ["models without ids", { data: [{}, null, 5, [], listed(""), listed("has space"), listed("/slash"), { id: 5 }] }],
  ])("is not a list of models: %s", (_, answer) => {
    expect(readModels(answer)).toBeNull();
  });

  it("reads values of the wrong type as null or empty", () => {
    const info = { name: 5, developer: {}, docsUrl: "javascript:alert(1)", docsJson: ["x"] };
    const odd = listed("odd", { info, aliases: "x", capabilities: { a: 1 }, pricing: "free" });
    const empty = { name: null, developer: null, aliases: [], capabilities: [], pricing: null };
    expect(readModels([odd])).toEqual([{ id: "odd", ...empty, docsUrl: null, document: null }]);
    expect(readModels([{ id: "bare" }])).toEqual([{ id: "bare", ...empty, docsUrl: null, document: null }]);
  });

  it("keeps the first of several models with the same name, and prefers ids to aliases", () => {
    const data = [
      listed("a", { aliases: ["x", "x", "b", "a"] }),
      listed("b", { aliases: ["x", "y"] }),
      listed("a", { info: { name: "second" } }),
    ];
    const models = readModels(data);
    expect(models?.map(({ id, aliases }) => [id, aliases])).toEqual([
      ["a", ["x"]],
      ["b", ["y"]],
    ]);
    expect(models?.[0]?.name).toBe("a");
  });

  it("uses only the path and query of a document's URL", () => {
    const documents = [
      ["https://evil.example/docs-json?model=a", "/docs-json?model=a"],
      ["https://evil.example//other.example/x", "//other.example/x"],
      ["http://user:pass@127.0.0.1:99/a/../b#c", "/b"],
      ["//evil.example/x", "/x"],
      ["/docs-json?model=a", "/docs-json?model=a"],
      ["/../../etc/passwd?a@b#c", "/etc/passwd?a@b"],
      [`/${"x".repeat(1_000)}`, null],
      ["docs-json", null],
      ["file:///etc/passwd", null],
      [`https://a.example/${"x".repeat(1_000)}`, null],
    ] as const;
    for (const [docsJson, document] of documents) {
      expect(readModels([listed("a", { info: { docsJson } })])?.[0]?.document, docsJson).toBe(document);
    }
  });

  it("limits the number of models and the length of every field", () => {
    const many = Array.from({ length: 5_000 }, (_, at) => listed(`m${at}`));
    expect(readModels(many)).toHaveLength(1_000);
    const long = "x".repeat(10_000);
    const info = { name: `${"x".repeat(199)}😀`, developer: long };
    const lists = {
      aliases: Array(100)
        .fill(0)
        .map((_, at) => `alias-${at}`),
      capabilities: Array(100).fill("a"),
    };
    const [model] = readModels([listed("a", { info, ...lists })]) ?? [];
    expect(model?.name).toBe("x".repeat(199));
    expect(model?.developer).toHaveLength(200);
    expect([model?.aliases.length, model?.capabilities.length]).toEqual([20, 50]);
    expect(readModels([listed("x".repeat(201))])).toBeNull();
  });
});

describe("readPricing", () => {
  const unit = { name: "video", measure: "second", price: 0.05, per: 1 };
  const variant = { when: { resolution: "720p", audio: true, seconds: 5 }, price: 0.39, unit: "second", per: 1 };
  const variants = { kind: "variants", dimensions: ["resolution"], variants: [variant] };

  it.each([
    [{ kind: "fixed", units: [unit, { ...unit, measure: "image", price: "1.25", per: "10" }] }],
    [variants],
    [{ kind: "variable", more: 5 }],
  ])("reads %j", (pricing) => {
    const expected = JSON.parse(JSON.stringify(pricing).replace('"1.25"', "1.25").replace('"10"', "10"));
    if (expected.kind === "variable") delete expected.more;
    expect(readPricing(pricing)).toEqual(expected);
  });

  it("reads a missing `per` as one, a missing measure as null, and a missing name as the measure", () => {
    expect(readPricing({ kind: "fixed", units: [{ name: "video", price: 1 }] })).toEqual({
      kind: "fixed",
      units: [{ name: "video", measure: null, price: 1, per: 1 }],
    });
    expect(readPricing({ kind: "fixed", units: [{ measure: "second", price: 1 }] })).toMatchObject({
      units: [{ name: "second", measure: "second" }],
    });
  });

  it.each([
    [null],
    ["free"],
    [{}],
    [{ kind: "new" }],
    [{ kind: "fixed" }],
    [{ kind: "fixed", units: [] }],
    [{ kind: "fixed", units: {} }],
    [{ kind: "fixed", units: [unit, { ...unit, price: "cheap" }] }],
    [{ kind: "fixed", units: [{ ...unit, price: -1 }] }],
    [{ kind: "fixed", units: [{ ...unit, per: 0 }] }],
    [{ kind: "fixed", units: [{ ...unit, price: Number.NaN }] }],
    [{ kind: "fixed", units: Array(51).fill(unit) }],
    [{ ...variants, variants: [{ ...variant, unit: null }] }],
    [{ ...variants, variants: [{ ...variant, when: { resolution: ["720p"] } }] }],
    [{ ...variants, variants: [{ ...variant, when: { seconds: Number.POSITIVE_INFINITY } }] }],
    [{ ...variants, variants: [{ ...variant, when: { ["x".repeat(300)]: "720p" } }] }],
    [{ ...variants, variants: [variant, null] }],
    [{ ...variants, dimensions: [5] }],
  ])("is null rather than a part of a price: %j", (pricing) => {
    expect(readPricing(pricing)).toBeNull();
  });
});
