import { expect, it } from "vitest";
import { modelDetailSchema, modelSchema } from "../../../src/contract/models.ts";
import type { UsableModel } from "../../../src/core/models/model.ts";
import { modelDetail, modelView } from "../../../src/core/models/view.ts";

const MODEL: UsableModel = {
  id: "vendor/one",
  name: "One",
  developer: "Vendor",
  aliases: ["one"],
  capabilities: ["text_to_video"],
  pricing: { kind: "variable" },
  retirement: { endsAt: Date.UTC(2027, 2, 31, 23, 59, 59), announcedAt: 0, replacement: "vendor/two" },
  docsUrl: "https://example.com/one",
  path: "/v2/video/generations",
  inputSchema: { type: "object", properties: { prompt: { type: "string" } } },
};

it("a model is shown with the date of its retirement in UTC, and without its path", () => {
  const view = modelView(MODEL);
  expect(modelSchema.parse(view)).toEqual({
    id: "vendor/one",
    object: "model",
    name: "One",
    developer: "Vendor",
    aliases: ["one"],
    capabilities: ["text_to_video"],
    pricing: { kind: "variable" },
    deprecated: { on: "2027-03-31", replacement: "vendor/two" },
    docs_url: "https://example.com/one",
  });
  expect(modelView({ ...MODEL, retirement: null }).deprecated).toBeNull();
});

it("the schema of the input begins with its dialect", () => {
  const detail = modelDetailSchema.parse(modelDetail(MODEL));
  expect(Object.entries(detail.input_schema ?? {})).toEqual([
    ["$schema", "https://json-schema.org/draft/2020-12/schema"],
    ["type", "object"],
    ["properties", { prompt: { type: "string" } }],
  ]);
  expect(modelDetail({ ...MODEL, inputSchema: null }).input_schema).toBeNull();
});
