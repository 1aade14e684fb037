// `reelhook/ai-sdk`: a provider of video models for the AI SDK.

export { createReelhook } from "./provider.ts";
export type * from "./video-model.ts";
