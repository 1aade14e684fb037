// Suggestions for unknown names.

import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/core/models/nearest.ts";

const MODELS = [
  ...["runway/gen4_aleph", "runway/gen4_turbo", "gen3a_turbo", "runway/act_two", "google/veo3", "google/veo-3-fast"],
  ...["google/veo-3.1-text-to-video", "kling-video/v1.6/pro/text-to-video", "kling-video/v1.6/standard/text-to-video"],
  ...["bytedance/seedance-1-0-lite-t2v", "bytedance/seedance-1-0-lite-i2v", "minimax/hailuo-02", "pixverse/v5"],
];
const FIELDS = ["prompt", "negative_prompt", "aspect_ratio", "duration", "image_url", "tail_image_url", "seed"];

describe("nearest", () => {
  it.each([
    ["a typo", "runway/gen4_alpeh", "runway/gen4_aleph"],
    ["a missing vendor", "gen4_aleph", "runway/gen4_aleph"],
    ["a missing vendor", "veo3", "google/veo3"],
    ["a wrong vendor", "openai/gen4_turbo", "runway/gen4_turbo"],
    ["other case and punctuation", "Google/Veo3", "google/veo3"],
    ["other punctuation", "gen4-aleph", "runway/gen4_aleph"],
    ["a part", "hailuo", "minimax/hailuo-02"],
    ["some of the words", "kling-v1.6-pro", "kling-video/v1.6/pro/text-to-video"],
    ["too much", "bytedance/seedance-1-0-lite-t2v-250428", "bytedance/seedance-1-0-lite-t2v"],
  ])("finds a model by %s: %s", (_, name, expected) => {
    expect(nearest(name, MODELS, 3)[0]).toBe(expected);
    expect(nearest(name, MODELS, 1, { onlyAlike: true })).toEqual([expected]);
  });

  it.each([
    ["ratio", "aspect_ratio"],
    ["aspectRatio", "aspect_ratio"],
    ["promt", "prompt"],
    ["prompt_negative", "negative_prompt"],
    ["image", "image_url"],
    ["durations", "duration"],
    ["duration_seconds", "duration"],
    ["sed", "seed"],
  ])("finds a field by %s", (name, expected) => {
    expect(nearest(name, FIELDS, 1, { onlyAlike: true })).toEqual([expected]);
  });

  it.each(["x", "", "image_size_mode", "camera_motion", "watermark", "fps", "日本", "__proto__"])(
    "finds nothing like %j",
    (name) => {
      expect(nearest(name, FIELDS, 1, { onlyAlike: true })).toEqual([]);
    },
  );

  it("returns the requested number of names, best first, even if none is alike", () => {
    expect(nearest("runway/gen4", MODELS, 3)).toHaveLength(3);
    expect(nearest("runway/gen4", MODELS, 3).slice(0, 2).sort()).toEqual(["runway/gen4_aleph", "runway/gen4_turbo"]);
    expect(nearest("zzzz", MODELS, 3)).toHaveLength(3);
    expect(nearest("zzzz", ["a"], 3)).toEqual(["a"]);
    expect(nearest("zzzz", [], 3)).toEqual([]);
  });

  it("compares long names and many candidates only in part", () => {
    const long = "a/".repeat(1_000_000);
    const many = Array.from({ length: 100_000 }, (_, at) => `${"b".repeat(1_000)}${at}`);
    expect(nearest(long, many, 3)).toHaveLength(3);
    expect(nearest("veo3", [long, "google/veo3"], 1)).toEqual(["google/veo3"]);
  });
});
