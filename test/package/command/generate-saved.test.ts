import { describe, expect, it } from "vitest";
import { savedLines, startLines } from "../../../packages/reelhook/src/command/generate/saved.ts";
import { EXAMPLES } from "../../../scripts/openapi/examples.ts";
import { generationSchema } from "../../../src/contract/generation.ts";

const GENERATION = { ...generationSchema.parse(EXAMPLES["Generation"]), error: null };
const { id } = GENERATION;

describe("the first lines", () => {
  it("name the generation with its model, mode and estimate", () => {
    expect(startLines(GENERATION)).toEqual([`Generation ${id}: runway/gen4_aleph, live mode, about $0.75`]);
    expect(startLines({ ...GENERATION, estimate: { usd: null } })).toEqual([
      `Generation ${id}: runway/gen4_aleph, live mode`,
    ]);
  });

  it("do not state a price in test mode, which is free", () => {
    expect(startLines({ ...GENERATION, mode: "test" })).toEqual([`Generation ${id}: runway/gen4_aleph, test mode`]);
  });

  it("warn of a model that is retired soon", () => {
    const deprecated = { on: "2027-03-31", replacement: "runway/gen4_turbo" };
    expect(startLines({ ...GENERATION, deprecated })[1]).toBe(
      "The provider retires this model on 2027-03-31. Its replacement is runway/gen4_turbo.",
    );
    expect(startLines({ ...GENERATION, deprecated: { ...deprecated, replacement: null } })[1]).toBe(
      "The provider retires this model on 2027-03-31.",
    );
  });
});

describe("the last lines", () => {
  it("name the file with what is known of the video, and what it cost", () => {
    expect(savedLines(GENERATION, "fairy.mp4")).toEqual(["Saved fairy.mp4 (7.3 MB, 1280×720, 5.0 s)", "Cost: $0.75"]);
  });

  it("leave out what could not be read from the video", () => {
    const video = GENERATION.video && { ...GENERATION.video, width: null, duration_seconds: null };
    expect(savedLines({ ...GENERATION, video }, "fairy.mp4")[0]).toBe("Saved fairy.mp4 (7.3 MB)");
  });

  it("call an estimate an estimate", () => {
    const usage = { credits: 120_000, usd: null };
    expect(savedLines({ ...GENERATION, usage }, "a.mp4")[1]).toBe("Cost: about $0.75, estimated from the price list");
    expect(savedLines({ ...GENERATION, usage: null, estimate: { usd: null } }, "a.mp4").length).toBe(1);
    expect(savedLines({ ...GENERATION, mode: "test" }, "a.mp4").length).toBe(1);
  });
});
