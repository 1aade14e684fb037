// The built-in models, all from Runway, which work without the provider's catalogue. Fields and limits are from
// https://docs.aimlapi.com/api-references/video-models/runway

import type { InputSchema } from "../core/models/input-schema.ts";
import { modelWithoutFacts, RUNWAY_PATH, UNIVERSAL_PATH, type UsableModel } from "../core/models/model.ts";

const PROMPT: InputSchema = { type: "string", maxLength: 1000 };
const SEED: InputSchema = { type: "integer", minimum: 0, maximum: 4_294_967_295 };
const IMAGE: InputSchema = { type: "string", format: "uri", contentMediaType: "image/*" };
const VIDEO: InputSchema = { type: "string", format: "uri", contentMediaType: "video/*" };
const IMAGE_FILE = object({ type: { type: "string", enum: ["image"] }, url: IMAGE }, ["type", "url"]);
const VIDEO_FILE = object({ type: { type: "string", enum: ["video"] }, url: VIDEO }, ["type", "url"]);
const FRAME_SIZE: InputSchema = {
  type: "string",
  enum: ["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "848:480", "640:480"],
  default: "1280:720",
};
const SECONDS: InputSchema = { type: "integer", enum: [5, 10], default: 5 };

function object(properties: Readonly<Record<string, InputSchema>>, required: readonly string[]): InputSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

function runway(
  id: string,
  name: string,
  capabilities: readonly string[],
  inputSchema: InputSchema,
  path = UNIVERSAL_PATH,
): UsableModel {
  const docsUrl = "https://docs.aimlapi.com/api-references/video-models/runway";
  return { ...modelWithoutFacts(id), name, developer: "Runway", capabilities, docsUrl, path, inputSchema };
}

/** The default model comes first. */
export const BUILT_IN_MODELS: readonly UsableModel[] = [
  runway(
    "runway/gen4_aleph",
    "Gen-4 Aleph",
    ["video_to_video"],
    object(
      {
        prompt: { ...PROMPT, minLength: 1 },
        video_url: VIDEO,
        references: { type: "array", items: IMAGE_FILE },
        frame_size: FRAME_SIZE,
        duration: { type: "integer", enum: [5], default: 5 },
        seed: SEED,
      },
      ["prompt", "video_url"],
    ),
    RUNWAY_PATH,
  ),
  runway(
    "runway/gen4_turbo",
    "Gen-4 Turbo",
    ["image_to_video"],
    object(
      {
        image_url: IMAGE,
        prompt: PROMPT,
        tail_image_url: IMAGE,
        aspect_ratio: { type: "string", enum: ["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"], default: "16:9" },
        duration: SECONDS,
        seed: SEED,
      },
      ["image_url"],
    ),
  ),
  runway(
    "gen3a_turbo",
    "Gen-3 Alpha Turbo",
    ["image_to_video"],
    object(
      {
        image_url: IMAGE,
        prompt: PROMPT,
        tail_image_url: IMAGE,
        aspect_ratio: { type: "string", enum: ["16:9", "9:16"], default: "16:9" },
        duration: SECONDS,
        seed: SEED,
      },
      ["image_url"],
    ),
  ),
  runway(
    "runway/act_two",
    "Act-Two",
    ["image_to_video", "video_to_video"],
    object(
      {
        character: { anyOf: [IMAGE_FILE, VIDEO_FILE] },
        reference: VIDEO_FILE,
        frame_size: FRAME_SIZE,
        body_control: { type: "boolean" },
        expression_intensity: { type: "integer", minimum: 1, maximum: 5, default: 3 },
        seed: SEED,
      },
      ["character", "reference"],
    ),
  ),
];
