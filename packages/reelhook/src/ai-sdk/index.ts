// `reelhook/ai-sdk`: a provider of video models for the AI SDK.

export {};
