// Compiling this file checks that the package's own types are those of the AI SDK.

import type {
  Experimental_VideoModelV4,
  Experimental_VideoModelV4CallOptions,
  Experimental_VideoModelV4OperationStartResult,
  Experimental_VideoModelV4OperationStatusResult,
  ProviderV4,
} from "@ai-sdk/provider";
import type { experimental_generateVideo } from "ai";
import { expect, expectTypeOf, it } from "vitest";
import { createReelhook } from "../../../packages/reelhook/src/ai-sdk/index.ts";
import type { StartOptions, StartResult, StatusResult } from "../../../packages/reelhook/src/ai-sdk/video-model.ts";

type VideoModel = Parameters<typeof experimental_generateVideo>[0]["model"];

it("provides video models of the AI SDK, and no others", () => {
  const provider = createReelhook({ baseUrl: "https://reelhook.example", apiKey: "rh_test_key_0123456789" });
  const asProvider: ProviderV4 = provider;
  const model: Experimental_VideoModelV4 & VideoModel = provider.videoModel("runway/gen4_aleph");
  expect(model).toMatchObject({ specificationVersion: "v4", provider: "reelhook.video", modelId: "runway/gen4_aleph" });
  expect(() => asProvider.languageModel("x")).toThrow(/No such languageModel: x/);
  expect(() => asProvider.embeddingModel("x")).toThrow(/No such embeddingModel/);
  expect(() => asProvider.imageModel("x")).toThrow(/No such imageModel/);
});

it("takes all options of the AI SDK, and returns what it expects", () => {
  // TypeScript compares the parameters of methods in either direction, so they are compared here.
  expectTypeOf<Experimental_VideoModelV4CallOptions & { webhookUrl?: string }>().toExtend<StartOptions>();
  expectTypeOf<StartResult>().toExtend<Experimental_VideoModelV4OperationStartResult>();
  expectTypeOf<StatusResult>().toExtend<Experimental_VideoModelV4OperationStatusResult>();
});
