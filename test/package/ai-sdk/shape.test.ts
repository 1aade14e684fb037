import { describe, expect, it } from "vitest";
import { mapShape } from "../../../packages/reelhook/src/ai-sdk/shape.ts";
import type { VideoRequest } from "../../../packages/reelhook/src/ai-sdk/video-model.ts";
import { model, oneOf, TEXT } from "./request.ts";

const SIZES = oneOf("1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "848:480", "640:480");

function shape(
  properties: Parameters<typeof model>[0],
  options: Pick<Partial<VideoRequest>, "resolution" | "aspectRatio">,
) {
  return mapShape({ resolution: undefined, aspectRatio: undefined, ...options }, model(properties));
}

describe("the resolution", () => {
  it.each([
    ["1280x720", oneOf("480p", "720p"), "720p"],
    ["720x1280", oneOf("720P", "1080P"), "720P"],
    ["1024x768", oneOf("768P"), "768P"],
    ["1920x1080", oneOf("hd", "fhd"), "fhd"],
    ["2560x1440", oneOf("2K"), "2K"],
    ["3840x2160", oneOf("1080p", "4k"), "4k"],
    ["1280x720", oneOf("1280*720", "720*1280"), "1280*720"],
    ["1280x720", oneOf(720, 1080), 720],
    ["1280x720", TEXT, "720p"],
    ["1366x768", oneOf("720p"), "1366x768"],
  ] as const)("%s is sent as the model names it (%#)", (resolution, field, value) => {
    expect(shape({ resolution: field }, { resolution })).toEqual({ input: { resolution: value }, warnings: [] });
  });

  it("is sent as a size", () => {
    expect(shape({ frame_size: SIZES }, { resolution: "720x1280" }).input).toEqual({ frame_size: "720:1280" });
    expect(shape({ frame_size: SIZES }, { resolution: "1920x1080" }).input).toEqual({ frame_size: "1920:1080" });
  });

  it.each([
    ["720x1280", "9:16"],
    // Widths are rounded to multiples of 2, 8 or 16.
    ["854x480", "16:9"],
    ["832x480", "16:9"],
  ] as const)("of %s sets the aspect ratio, too", (resolution, ratio) => {
    const fields = { resolution: oneOf("480p", "720p"), aspect_ratio: oneOf("16:9", "9:16") };
    expect(shape(fields, { resolution })).toMatchObject({ input: { aspect_ratio: ratio }, warnings: [] });
  });

  it("leaves the aspect ratio as the request has it", () => {
    const fields = { resolution: oneOf("720p"), aspect_ratio: oneOf("16:9", "9:16") };
    expect(shape(fields, { resolution: "1280x720", aspectRatio: "9:16" })).toEqual({
      input: { resolution: "720p", aspect_ratio: "9:16" },
      warnings: [],
    });
  });

  it("warns if only a part of it can be sent", () => {
    const ratios = oneOf("16:9", "9:16");
    expect(shape({ aspect_ratio: ratios }, { resolution: "720x1280" })).toMatchObject({
      input: { aspect_ratio: "9:16" },
      warnings: [{ type: "compatibility", feature: "resolution" }],
    });
    expect(shape({ resolution: oneOf("720p"), aspect_ratio: ratios }, { resolution: "720x720" })).toMatchObject({
      input: { resolution: "720p" },
      warnings: [{ type: "compatibility", feature: "resolution" }],
    });
  });

  it("warns if nothing of it can be sent", () => {
    expect(shape({}, { resolution: "1280x720" })).toMatchObject({
      input: {},
      warnings: [{ type: "unsupported", feature: "resolution" }],
    });
  });
});

describe("the aspect ratio", () => {
  it.each([
    [{ aspect_ratio: oneOf("16:9") }, "16:9", { aspect_ratio: "16:9" }],
    [{ ratio: oneOf("16:9") }, "16:9", { ratio: "16:9" }],
    [{ ratio: { ...oneOf("16:9"), deprecated: true }, aspect_ratio: oneOf("16:9") }, "16:9", { aspect_ratio: "16:9" }],
    [{ aspect_ratio: oneOf("auto", "16:9") }, "adaptive", { aspect_ratio: "auto" }],
    [{ aspect_ratio: oneOf("auto", "adaptive") }, "adaptive", { aspect_ratio: "adaptive" }],
  ] as const)("is sent in the model's field (%#)", (fields, aspectRatio, input) => {
    expect(shape(fields, { aspectRatio })).toEqual({ input, warnings: [] });
  });

  it.each([
    ["16:9", "1280:720"],
    ["9:16", "720:1280"],
    ["4:3", "1104:832"],
    ["3:4", "832:1104"],
    ["1:1", "960:960"],
    ["21:9", "1584:672"],
    ["5:4", "5:4"],
  ] as const)("%s is sent as the largest size of that shape", (aspectRatio, size) => {
    expect(shape({ frame_size: SIZES }, { aspectRatio })).toEqual({ input: { frame_size: size }, warnings: [] });
  });

  it("gives way to the resolution where one field has both", () => {
    const fields = { frame_size: SIZES };
    expect(shape(fields, { resolution: "848x480", aspectRatio: "16:9" })).toEqual({
      input: { frame_size: "848:480" },
      warnings: [],
    });
    expect(shape(fields, { resolution: "848x480", aspectRatio: "1:1" })).toMatchObject({
      input: { frame_size: "848:480" },
      warnings: [{ type: "unsupported", feature: "aspectRatio" }],
    });
  });
});
