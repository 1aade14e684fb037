import { describe, expect, it } from "vitest";
import type { GenerationView } from "../../../src/contract/generation.ts";
import type { ModelDetail } from "../../../src/contract/models.ts";
import {
  type Entry,
  type Fields,
  formSchema,
  inputOf,
  inputRefusal,
  partsOf,
  requestFor,
  requestOf,
  typedFrom,
} from "../../../src/dashboard/playground/request.ts";
import type { Schema } from "../../../src/dashboard/playground/schema.ts";
import { lostUpload, Upload } from "../../../src/dashboard/playground/upload.ts";
import { shownModel } from "../../support/models.ts";

const OURS: Schema = { properties: { webhooks: { items: {} }, retention_days: { type: "number" } } };

function model(id: string, schema: Schema | null): ModelDetail {
  return shownModel(id, { input_schema: schema as Fields | null });
}

function entry(fields: Fields, more: Partial<Entry> = {}): Entry {
  return { typed: typedFrom(fields), free: {}, script: null, ...more };
}

const PROMPT: Schema = { type: "string" };
const ONE = model("one", {
  properties: { prompt: PROMPT, duration: { type: "integer", enum: [5] }, kind: { enum: ["image"] } },
  required: ["kind"],
});
const TWO = model("two", { properties: { duration: { type: "string", enum: ["5", "10"] }, prompt: PROMPT } });
const FREE = model("free", null);
const WITHOUT_PROMPT = model("three", { properties: { image_url: { type: "string" } } });

const bodyOf = (detail: ModelDetail, given: Entry) => requestFor(detail, OURS, given, "test").body;

describe("the body", () => {
  it("has the model's fields, required ones first, then Reelhook's own, and no others", () => {
    const typed = entry({ model: "one", unknown: 1, retention_days: 7, duration: 5, prompt: "p" });
    expect(JSON.stringify(bodyOf(ONE, typed))).toBe(
      '{"model":"one","kind":"image","prompt":"p","duration":5,"retention_days":7}',
    );
  });

  it("keeps values typed for another model only if they fit", () => {
    const typed = entry({ model: "one", prompt: "p", duration: 5, retention_days: 1 });
    expect(bodyOf(TWO, typed)).toEqual({ model: "two", prompt: "p", retention_days: 1 });
  });

  it("keeps a file for another model only where that takes one", () => {
    const image_url = new Upload({ name: "fox.png", size: 3 }, "data:image/png;base64,AAAA");
    const typed = entry({ model: "one", image_url });
    const taking = (format: string) => model("two", { properties: { image_url: { type: "string", format } } });
    expect(bodyOf(taking("uri"), typed)).toEqual({ model: "two", image_url });
    expect(bodyOf(taking("date"), typed)).toEqual({ model: "two" });
  });

  it("has the webhooks with a URL, and their events unless they are the usual ones", () => {
    const usual = ["generation.completed", "generation.failed", "generation.canceled"];
    const webhooks = [
      { url: "https://a.example", events: usual },
      { url: "" },
      { url: "https://b.example", events: [] },
    ];
    expect(bodyOf(TWO, entry({ model: "two", webhooks }))).toEqual({
      model: "two",
      webhooks: [{ url: "https://a.example" }, { url: "https://b.example", events: [] }],
    });
    expect(bodyOf(TWO, entry({ model: "two", webhooks: [{ url: "" }] }))).toEqual({ model: "two" });
  });

  it("keeps an invalid value typed for this model, so that the API reports it", () => {
    expect(bodyOf(ONE, entry({ model: "one", duration: "half" }))).toMatchObject({ duration: "half" });
  });

  it("leaves out a required field that was cleared", () => {
    const typed = { kind: { value: undefined, model: "one" } };
    expect(bodyOf(ONE, { typed, free: {}, script: null })).toEqual({ model: "one" });
  });

  it("of a model without a schema is its JSON, initially the prompt or the fields that the form started with", () => {
    expect(bodyOf(FREE, entry({ model: "one", prompt: "p", duration: 5 }))).toEqual({ model: "free", prompt: "p" });
    expect(bodyOf(FREE, entry({ model: "free", any: [1], retention_days: 7 }))).toEqual({
      model: "free",
      any: [1],
      retention_days: 7,
    });
    const typed = entry({ model: "free", any: [1] }, { free: { free: {}, two: { not: "this" } } });
    expect(bodyOf(FREE, typed)).toEqual({ model: "free" });
    expect(inputOf(FREE, entry({ model: "one" }))).toEqual({ prompt: "" });
  });
});

describe("a JSON input", () => {
  it("must be an object without the fields that have their own control", () => {
    expect(inputRefusal({ prompt: "p", frames: [] })).toBeNull();
    for (const value of [undefined, null, 1, "{}", [{}]]) expect(inputRefusal(value)).toContain("JSON object");
    for (const name of ["model", "webhook_url", "webhooks", "metadata"])
      expect(inputRefusal({ [name]: "x" })).toContain(name);
  });
});

describe("a simulated case", () => {
  const simulated = { "Reelhook-Simulate": "fail" };
  it.each([
    ["a model without a prompt", WITHOUT_PROMPT, "test", simulated],
    ["a model without a schema", FREE, "test", simulated],
    ["a model with a prompt, which has a marker instead", ONE, "test", {}],
    ["live mode, which refuses it", FREE, "live", {}],
  ] as const)("is sent as a header where needed: %s", (_, detail, mode, headers) => {
    expect(requestFor(detail, OURS, entry({ model: "one" }, { script: "fail" }), mode).headers).toEqual(headers);
    expect(requestFor(detail, OURS, entry({ model: "one" }), mode).headers).toEqual({});
  });
});

describe("the fields that are shown first", () => {
  const FILE: Schema = { type: "string", format: "uri" };
  it.each<[main: string[], Schema]>([
    [["prompt", "video_url"], { properties: { seed: {}, video_url: FILE, prompt: PROMPT }, required: ["video_url"] }],
    [["prompt", "image_url"], { properties: { old_image: FILE, prompt: PROMPT, image_url: FILE, last_image: FILE } }],
    [["image_url"], { properties: { seed: {}, image_url: FILE } }],
    [["prompt", "kind"], { properties: { prompt: PROMPT, kind: {}, seed: {} }, required: ["kind"] }],
    [[], { properties: { seed: {} } }],
  ])("are %j", (main, schema) => {
    const { old_image, ...properties } = schema.properties ?? {};
    const marked = old_image === undefined ? {} : { old_image: { ...old_image, deprecated: true } };
    const parts = partsOf(model("m", { ...schema, properties: { ...marked, ...properties } }));
    expect(parts.main).toEqual(main);
    expect([...parts.main, ...parts.more].sort()).toEqual(Object.keys({ ...marked, ...properties }).sort());
  });

  it("come first in the schema of the form, then the webhooks", () => {
    const { properties = {} } = formSchema(ONE, OURS);
    expect(Object.keys(properties)).toEqual(["prompt", "kind", "webhooks", "duration", "metadata", "retention_days"]);
    expect(properties["prompt"]).toBe(PROMPT);
  });

  it("are none for a model without a schema", () => {
    expect(partsOf(FREE)).toEqual({ main: [], more: [] });
  });
});

describe("the request that made a generation", () => {
  const webhook = { url: "https://example.com/hook", events: ["generation.failed"], state: "pending" };
  const generation = (more: object) =>
    ({ model: "m", input: {}, metadata: {}, webhooks: [], ...more }) as unknown as GenerationView;

  it("has its webhooks with their events, and asks for the files, which the API does not return", () => {
    const file = "data:image/png;… (1234 bytes)";
    const input = { prompt: "p", image_url: file, list: [{ url: file }], model: "not this one" };
    const made = requestOf(generation({ input, metadata: { order: "1" }, webhooks: [webhook] }));
    const lost = { ...lostUpload(file), id: expect.any(String) };
    expect(made).toEqual({
      model: "m",
      prompt: "p",
      image_url: lost,
      list: [{ url: lost }],
      metadata: { order: "1" },
      webhooks: [{ url: webhook.url, events: webhook.events }],
    });
    expect(requestOf(generation({}))).toEqual({ model: "m" });
  });
});
