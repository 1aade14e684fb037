import { NoSuchModelError } from "@ai-sdk/provider";
import { Call } from "./call.ts";
import { videoModel } from "./model.ts";
import { Schemas } from "./schemas.ts";
import type { ReelhookProvider, ReelhookProviderOptions } from "./video-model.ts";

/**
 * A provider for the AI SDK (`ai` 7).
 *
 * ```ts
 * const reelhook = createReelhook({ baseUrl: "https://reelhook.example.com", apiKey });
 * const { video } = await experimental_generateVideo({
 *   model: reelhook.video("runway/gen4_aleph"),
 *   prompt: "Add a fairy.",
 *   inputReferences: ["https://example.com/raccoon.mp4"],
 * });
 * ```
 *
 * @throws TypeError if an option is missing or malformed.
 */
export function createReelhook(options: ReelhookProviderOptions): ReelhookProvider {
  // Checks the options.
  new Call(options);
  const schemas = new Schemas();
  const video = (modelId: string) => videoModel(modelId, options, schemas);
  return {
    specificationVersion: "v4",
    video,
    videoModel: video,
    languageModel: (modelId) => refuse("languageModel", modelId),
    embeddingModel: (modelId) => refuse("embeddingModel", modelId),
    imageModel: (modelId) => refuse("imageModel", modelId),
  };
}

function refuse(modelType: "languageModel" | "embeddingModel" | "imageModel", modelId: string): never {
  throw new NoSuchModelError({ modelId, modelType });
}
