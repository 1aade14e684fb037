import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapFields } from "../../../packages/reelhook/src/ai-sdk/fields.ts";
import type { VideoRequest } from "../../../packages/reelhook/src/ai-sdk/video-model.ts";
import { at, fileType, model, oneOf, request, TEXT, URI, URIS } from "./request.ts";

const ALEPH = model({ prompt: TEXT, video_url: URI, references: { type: "array", items: fileType("image") } });

describe("mapping a request to a model's fields", () => {
  it("uses the names that the model has", () => {
    const schema = model({ prompt: TEXT, duration: oneOf(5, 10), frames_per_second: oneOf(24), seed: oneOf(1) });
    const { input, warnings } = mapFields(request({ prompt: "A fairy.", duration: 5, fps: 24, seed: 7 }), schema);
    expect(input).toEqual({ prompt: "A fairy.", duration: 5, frames_per_second: 24, seed: 7 });
    expect(warnings).toEqual([]);
  });

  it("warns of what the model lacks", () => {
    const options = request({ prompt: "A fairy.", duration: 5, fps: 24, seed: 7, generateAudio: false, n: 2 });
    const { input, warnings } = mapFields(options, model({ generate_audio: { type: "boolean" } }));
    expect(input).toEqual({ generate_audio: false });
    expect(warnings.map((warning) => "feature" in warning && warning.feature)).toEqual([
      ...["prompt", "duration", "fps", "seed", "n"],
    ]);
    expect(warnings[1]).toEqual({
      type: "unsupported",
      feature: "duration",
      details: "The model has no field for duration.",
    });
  });

  it("passes on a value that the model does not take, so that the API names those that it does", () => {
    const schema = model({ duration: oneOf(5, 10), aspect_ratio: oneOf("16:9"), resolution: oneOf("720p") });
    const options = request({ duration: 7, aspectRatio: "5:4", resolution: "1366x768" });
    expect(mapFields(options, schema)).toEqual({
      input: { duration: 7, aspect_ratio: "5:4", resolution: "1366x768" },
      warnings: [],
    });
  });

  it("writes numbers as text where the model does", () => {
    expect(mapFields(request({ duration: 5 }), model({ duration: TEXT })).input).toEqual({ duration: "5" });
    const listed = model({ duration: { enum: ["5", "10"] } });
    expect(mapFields(request({ duration: 5 }), listed).input).toEqual({ duration: "5" });
    const nullable = model({ duration: { type: ["integer", "null"], enum: [5, null] } });
    expect(mapFields(request({ duration: 5 }), nullable).input).toEqual({ duration: 5 });
  });

  it("leaves out an empty prompt, which models without a prompt get", () => {
    expect(mapFields(request({ prompt: "" }), model({ image_url: URI }))).toEqual({ input: {}, warnings: [] });
  });

  it.each([null, { type: "object" }])("uses the usual names if the fields are not known (%j)", (schema) => {
    const options = request({ prompt: "A fairy.", image: at("a.png"), resolution: "1280x720", aspectRatio: "16:9" });
    expect(mapFields(options, schema)).toEqual({
      input: {
        prompt: "A fairy.",
        image_url: "https://files.example/a.png",
        resolution: "720p",
        aspect_ratio: "16:9",
      },
      warnings: [],
    });
  });

  it("finds fields that only alternatives describe", () => {
    const schema = { ...model({ image_urls: {} }), anyOf: [model({}), model({ image_urls: URIS })] };
    const { input } = mapFields(request({ inputReferences: [at("a.png")] }), schema);
    expect(input).toEqual({ image_urls: ["https://files.example/a.png"] });
  });

  it("either maps an option or warns of it, and invents no field", () => {
    const fields = {
      ...{ prompt: TEXT, image_url: URI, last_image_url: URI, image_urls: URIS, video_url: URI, video_urls: URIS },
      ...{ keyframes: model({ frame0: fileType("image"), frame1: fileType("image") }), character: fileType("video") },
      ...{ references: { type: "array", items: fileType("image") }, frame_size: oneOf("1280:720", "720:1280") },
      ...{ resolution: oneOf("720p"), aspect_ratio: oneOf("16:9"), ratio: { ...oneOf("1:1"), deprecated: true } },
      ...{ duration: TEXT, fps: oneOf(24), seed: oneOf(1), generate_audio: { type: "boolean" } },
    };
    const files = fc.constantFrom(at("a.png"), at("b.mp4"), at("c"));
    const options: fc.Arbitrary<Partial<VideoRequest>> = fc.oneof(
      fc.constantFrom<Partial<VideoRequest>>(
        ...[{ prompt: "A fairy." }, { duration: 5 }, { fps: 24 }, { seed: 1 }, { generateAudio: true }, { n: 2 }],
        ...[{ aspectRatio: "16:9" as const }, { resolution: "1280x720" as const }],
      ),
      fc.record({ image: files }),
      fc.record({
        frameImages: fc.array(
          fc.record({ image: files, frameType: fc.constantFrom("first_frame" as const, "last_frame" as const) }),
          { minLength: 1 },
        ),
      }),
      fc.record({ image: files, inputReferences: fc.array(files) }),
    );
    fc.assert(
      fc.property(fc.subarray(Object.keys(fields)), options, (names, given) => {
        const schema = model(Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name))));
        const { input, warnings } = mapFields(request(given), schema);
        expect(names).toEqual(expect.arrayContaining(Object.keys(input)));
        const { image, frameImages = [], inputReferences = [] } = given;
        const sent = JSON.stringify(input).match(/https:/g)?.length ?? 0;
        const files = [image, ...frameImages, ...inputReferences].filter((file) => file !== undefined).length;
        const isMapped = files > 0 ? sent === files : Object.keys(input).length > 0;
        expect(isMapped || warnings.length > 0).toBe(true);
      }),
    );
  });
});

describe("files", () => {
  const image = at("a.png");
  const video = at("b.mp4");
  const unknown = at("c");
  const url = (name: string) => `https://files.example/${name}`;

  it.each([
    ["image_url", model({ image_url: URI }), { image_url: url("a.png") }],
    ["first_frame_image", model({ first_frame_image: URI }), { first_frame_image: url("a.png") }],
    ["one or several", model({ image_url: { anyOf: [URI, URIS] } }), { image_url: url("a.png") }],
    [
      "keyframes",
      model({ keyframes: model({ frame0: { anyOf: [fileType("image"), { type: "null" }] } }) }),
      { keyframes: { frame0: { type: "image", url: url("a.png") } } },
    ],
    [
      "a character of either kind",
      model({ character: { anyOf: [fileType("video"), fileType("image")] } }),
      { character: { type: "image", url: url("a.png") } },
    ],
  ])("sends the image as the first frame: %s", (_, schema, input) => {
    expect(mapFields(request({ image }), schema)).toEqual({ input, warnings: [] });
  });

  it.each([
    ["last_image_url", model({ image_url: URI, last_image_url: URI }), { last_image_url: url("z.png") }],
    ["tail_image_url", model({ image_url: URI, tail_image_url: URI }), { tail_image_url: url("z.png") }],
  ])("sends frames: %s", (_, schema, last) => {
    const frameImages = [
      { frameType: "last_frame", image: at("z.png") },
      { frameType: "first_frame", image },
    ] as const;
    // The SDK passes the first frame as the image, too.
    const { input, warnings } = mapFields(request({ image, frameImages }), schema);
    expect(input).toEqual({ image_url: url("a.png"), ...last });
    expect(warnings).toEqual([]);
  });

  it("sends both frames in one object", () => {
    const schema = model({ keyframes: model({ frame0: fileType("image"), frame1: fileType("image") }) });
    const frameImages = [
      { frameType: "first_frame", image },
      { frameType: "last_frame", image: at("z.png") },
    ] as const;
    expect(mapFields(request({ frameImages }), schema).input).toEqual({
      keyframes: { frame0: { type: "image", url: url("a.png") }, frame1: { type: "image", url: url("z.png") } },
    });
  });

  it("sends one first and one last frame", () => {
    const frameImages = [
      { frameType: "first_frame", image },
      { frameType: "first_frame", image: at("z.png") },
      { frameType: "last_frame", image: at("z.png") },
    ] as const;
    const { input, warnings } = mapFields(request({ frameImages }), model({ image_url: URI }));
    expect(input).toEqual({ image_url: url("a.png") });
    expect(warnings.map((warning) => "details" in warning && warning.details)).toEqual([
      "The model has no field for a last frame.",
      "Only one first and one last frame are sent.",
    ]);
  });

  it("sends the image as a reference if the model takes nothing else, and says so", () => {
    const { input, warnings } = mapFields(
      request({ image, inputReferences: [at("r.png")] }),
      model({ image_list: URIS }),
    );
    expect(input).toEqual({ image_list: [url("a.png"), url("r.png")] });
    expect(warnings).toMatchObject([{ type: "compatibility", feature: "image" }]);
  });

  it.each([
    ["reference_image_urls", URIS],
    ["reference_images", URIS],
    ["image_urls", URIS],
    ["image_list", URIS],
  ])("sends reference images in %s", (name, field) => {
    const schema = model({ image_url: URI, [name]: field });
    expect(mapFields(request({ image, inputReferences: [at("r.png"), unknown] }), schema)).toEqual({
      input: { image_url: url("a.png"), [name]: [url("r.png"), url("c")] },
      warnings: [],
    });
  });

  it("sends references by their kind", () => {
    expect(mapFields(request({ inputReferences: [image, video] }), ALEPH)).toEqual({
      input: { references: [{ type: "image", url: url("a.png") }], video_url: url("b.mp4") },
      warnings: [],
    });
    const typed = at("raccoon", "video/mp4");
    expect(mapFields(request({ inputReferences: [typed] }), ALEPH).input).toEqual({ video_url: url("raccoon") });
  });

  it("sends a video that is given as the image to the model's video field", () => {
    expect(mapFields(request({ image: video }), ALEPH)).toEqual({ input: { video_url: url("b.mp4") }, warnings: [] });
  });

  it("sends a URL of unknown kind where the model takes a file", () => {
    expect(mapFields(request({ image: unknown }), ALEPH).input).toEqual({ video_url: url("c") });
    expect(mapFields(request({ image: unknown }), model({ image_url: URI, video_url: URI })).input).toEqual({
      image_url: url("c"),
    });
  });

  it("warns of files that the model has no field for", () => {
    const options = request({ image, inputReferences: [image, video] });
    const { input, warnings } = mapFields(options, model({ prompt: TEXT }));
    expect(input).toEqual({});
    expect(warnings).toEqual([
      { type: "unsupported", feature: "image", details: "The model has no field for a first frame." },
      { type: "unsupported", feature: "inputReferences", details: "The model has no field for reference images." },
      { type: "unsupported", feature: "inputReferences", details: "The model has no field for reference videos." },
    ]);
  });

  it("warns of references beyond the one that the model takes", () => {
    const { input, warnings } = mapFields(request({ inputReferences: [video, at("d.mp4")] }), ALEPH);
    expect(input).toEqual({ video_url: url("b.mp4") });
    expect(warnings).toEqual([
      {
        type: "unsupported",
        feature: "inputReferences",
        details: "The model takes only one reference video. Left out: 1.",
      },
    ]);
  });
});
