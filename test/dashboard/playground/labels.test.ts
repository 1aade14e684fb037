import { describe, expect, it } from "vitest";
import { fieldOf, labelOf, nameAt } from "../../../src/dashboard/playground/labels.ts";
import type { Schema } from "../../../src/dashboard/playground/schema.ts";

describe("the label of a field", () => {
  it.each([
    ["prompt", "Prompt"],
    ["negative_prompt", "Negative prompt"],
    ["video_url", "Video"],
    ["reference_image_urls", "Reference images"],
    ["url", "URL"],
    ["cfg_scale", "CFG scale"],
    ["auto_downsample_min_fps", "Auto downsample min FPS"],
    ["previous-interaction id", "Previous interaction ID"],
    ["wan2.1_mode", "Wan2.1 mode"],
    ["größe", "Größe"],
    ["_", "_"],
    ["", ""],
  ])("%j is %j", (name, label) => {
    expect(labelOf(name)).toBe(label);
  });

  it.each([
    ["is its title", "ratio", "Aspect ratio", "Aspect ratio"],
    ["is not a title that repeats the name", "image_url", "Image Url", "Image"],
    ["is not a title as long as a description", "seed", "s".repeat(41), "Seed"],
    ["is not an empty title", "seed", " ", "Seed"],
  ])("%s", (_, name, title, label) => {
    expect(labelOf(name, title)).toBe(label);
  });
});

describe("the name of the field that an error is about", () => {
  const schema: Schema = {
    properties: {
      seed: { title: "Random seed" },
      shots: { items: { properties: { text_prompt: { title: "What happens" } } } },
      frame: { anyOf: [{ properties: { image_url: {} } }, { properties: { id: { title: "Job" } } }] },
    },
  };

  it.each([
    ["/seed", "Random seed", "seed"],
    ["/shots/0/text_prompt", "Shots 1, what happens", "shots[0].text_prompt"],
    ["/frame/id", "Frame, job", "frame.id"],
    ["/frame/image_url", "Frame, image", "frame.image_url"],
    ["/unknown/2/a~1b", "Unknown 3, a b", "unknown[2].a/b"],
    ["/constructor", "Constructor", "constructor"],
    ["", "", ""],
  ])("%j is %j", (pointer, label, path) => {
    expect(nameAt(pointer, schema)).toEqual({ label, path });
  });

  it("keeps abbreviations", () => {
    expect(nameAt("/webhooks/1/url", {}).label).toBe("Webhooks 2, URL");
  });

  it("begins with the top-level field", () => {
    expect(fieldOf("/a~1b/0")).toBe("a/b");
    expect(fieldOf("")).toBe("");
  });
});
