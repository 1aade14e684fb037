import { describe, expect, it } from "vitest";
import { factsOf, hasEnded, matching } from "../../../src/dashboard/shared/models.ts";
import { shownModel as model } from "../../support/models.ts";

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

  it("puts the model with exactly this id first", () => {
    expect(matching(MODELS, "vendor/one-i2v").map(({ id }) => id)).toEqual(["vendor/one-i2v", "vendor/one-draft-i2v"]);
  });
});

it("the developer and the capabilities are shown in words", () => {
  const capabilities = ["text_to_video", "image_to_video"];
  expect(factsOf(model("m", { developer: "Labs", capabilities }))).toBe("Labs · text to video, image to video");
  expect(factsOf(model("m"))).toBe("");
});

it("a model has ended when its last day is over in UTC", () => {
  const deprecated = { on: "2027-03-31", replacement: null };
  expect(hasEnded(deprecated, Date.UTC(2027, 2, 31, 23, 59, 59, 999))).toBe(false);
  expect(hasEnded(deprecated, Date.UTC(2027, 3, 1))).toBe(true);
});
