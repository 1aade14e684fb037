// Requests as the AI SDK makes them, and fields as models have them.

import type { InputSchema } from "../../../packages/reelhook/src/ai-sdk/input-schema.ts";
import type { VideoFile, VideoRequest } from "../../../packages/reelhook/src/ai-sdk/video-model.ts";

const NOTHING: VideoRequest = {
  prompt: undefined,
  n: 1,
  aspectRatio: undefined,
  resolution: undefined,
  duration: undefined,
  fps: undefined,
  seed: undefined,
  image: undefined,
  frameImages: undefined,
  inputReferences: undefined,
  generateAudio: undefined,
};

export function request(options: Partial<VideoRequest>): VideoRequest {
  return { ...NOTHING, ...options };
}

export const TEXT: InputSchema = { type: "string" };
export const URI = TEXT;
export const URIS: InputSchema = { type: "array", items: URI };

export function oneOf(...values: (string | number)[]): InputSchema {
  return { type: typeof values[0] === "number" ? "integer" : "string", enum: values };
}

export function model(properties: Readonly<Record<string, InputSchema>>): InputSchema {
  return { type: "object", properties, additionalProperties: false };
}

export function fileType(type: "image" | "video"): InputSchema {
  return model({ type: oneOf(type), url: URI });
}

export function at(name: string, mediaType?: string): VideoFile {
  return { type: "url", url: `https://files.example/${name}`, ...(mediaType === undefined ? {} : { mediaType }) };
}
