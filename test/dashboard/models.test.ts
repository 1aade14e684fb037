import { describe, expect, it } from "vitest";
import type { ModelView } from "../../src/contract/models.ts";
import { endOf, factsOf, matching } from "../../src/dashboard/models.ts";

function model(id: string, more: Partial<ModelView> = {}): ModelView {
  const untold = { name: null, developer: null, aliases: [], capabilities: [], pricing: null, docs_url: null };
  return { id, object: "model", ...untold, deprecated: null, ...more };
}

const MODELS = [
  model("vendor/one-draft-i2v", { developer: "Vendor" }),
  model("vendor/one-i2v", { developer: "Vendor", capabilities: ["image_to_video"], aliases: ["uno"] }),
  model("other/two", { name: "The Second", developer: "Other Labs", capabilities: ["text_to_video"] }),
];

describe("the search for a model", () => {
  it.each<[query: string, ids: string[]]>([
    ["", ["vendor/one-draft-i2v", "vendor/one-i2v", "other/two"]],
    ["  ", ["vendor/one-draft-i2v", "vendor/one-i2v", "other/two"]],
    ["LABS", ["other/two"]],
    ["second", ["other/two"]],
    ["image to video", ["vendor/one-i2v"]],
    ["text_to-video", ["other/two"]],
    ["video vendor", ["vendor/one-i2v"]],
    ["uno", ["vendor/one-i2v"]],
    ["nothing", []],
  ])("%j finds %j", (query, ids) => {
    expect(matching(MODELS, query).map(({ id }) => id)).toEqual(ids);
  });

  it("puts the model of that id first", () => {
    expect(matching(MODELS, "vendor/one-i2v").map(({ id }) => id)).toEqual(["vendor/one-i2v", "vendor/one-draft-i2v"]);
  });
});

it("tells the developer and the capabilities in words", () => {
  const capabilities = ["text_to_video", "image_to_video"];
  expect(factsOf(model("m", { developer: "Labs", capabilities }))).toBe("Labs · text to video, image to video");
  expect(factsOf(model("m"))).toBe("");
});

it("tells whether a model has ended, or will", () => {
  const deprecated = { on: "2027-03-31", replacement: null };
  expect(endOf(deprecated, "2027-03-31")).toBe("ends on 2027-03-31");
  expect(endOf(deprecated, "2027-04-01")).toBe("ended on 2027-03-31");
});
