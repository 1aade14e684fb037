// The parts of the AI SDK's provider interface that Reelhook implements, as types of its own: the SDK's packages need
// declarations of Node that an app may not have. test/package/ai-sdk/types.test.ts checks that the two are compatible.

import type { ReelhookOptions } from "../options.ts";

export type JsonValue = null | string | number | boolean | Readonly<JsonObject> | readonly JsonValue[];

export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** Fields by the name of the provider. */
export type ProviderFields = Record<string, JsonObject>;

export type VideoFile =
  | {
      readonly type: "file";
      readonly mediaType: string;
      /** Bytes, or base64. */
      readonly data: string | Uint8Array;
    }
  | {
      readonly type: "url";
      readonly url: string;
      readonly mediaType?: string;
    };

export interface FrameImage {
  readonly image: VideoFile;
  readonly frameType: "first_frame" | "last_frame";
}

export type Warning =
  | { type: "unsupported"; feature: string; details?: string }
  | { type: "compatibility"; feature: string; details?: string }
  | { type: "deprecated"; setting: string; message: string };

/** What a call asks for, in the words of the AI SDK. */
export interface VideoRequest {
  readonly prompt: string | undefined;
  /** Number of videos. */
  readonly n: number;
  readonly aspectRatio: `${number}:${number}` | "adaptive" | undefined;
  readonly resolution: `${number}x${number}` | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly fps: number | undefined;
  readonly seed: number | undefined;
  readonly image: VideoFile | undefined;
  readonly frameImages: readonly FrameImage[] | undefined;
  readonly inputReferences: readonly VideoFile[] | undefined;
  readonly generateAudio: boolean | undefined;
}

export type SdkHeaders = Record<string, string | undefined>;

export interface StartOptions extends VideoRequest {
  readonly providerOptions: ProviderFields;
  readonly abortSignal?: AbortSignal;
  readonly headers?: SdkHeaders;
  readonly webhookUrl?: string;
}

export interface StatusOptions {
  /** What `doStart` has returned. */
  readonly operation: JsonValue;
  readonly abortSignal?: AbortSignal;
  readonly headers?: SdkHeaders;
}

export interface ResponseInfo {
  timestamp: Date;
  modelId: string;
  headers: Record<string, string> | undefined;
}

export interface StartResult {
  operation: JsonValue;
  warnings: Warning[];
  providerMetadata: ProviderFields;
  response: ResponseInfo;
}

export type StatusResult =
  | { status: "pending"; providerMetadata: ProviderFields; response: ResponseInfo }
  | {
      status: "completed";
      videos: { type: "binary"; data: Uint8Array; mediaType: string }[];
      warnings: Warning[];
      providerMetadata: ProviderFields;
      response: ResponseInfo;
    }
  | { status: "error"; error: string; providerMetadata: ProviderFields; response: ResponseInfo };

interface Webhook {
  headers: Record<string, string>;
  body: JsonValue;
}

type WebhookFactory = () => PromiseLike<{ url: string; received: PromiseLike<Webhook> }>;

/** A `VideoModelV4` of the AI SDK. Pass it as `model` to `experimental_generateVideo` and `experimental_startVideo`. */
export interface ReelhookVideoModel {
  readonly specificationVersion: "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly maxVideosPerCall: number;
  handleWebhookOption(options: {
    webhook: WebhookFactory;
  }): Promise<{ webhookUrl: string; received: PromiseLike<Webhook> }>;
  doStart(options: StartOptions): Promise<StartResult>;
  doStatus(options: StatusOptions): Promise<StatusResult>;
}

/** The AI SDK's own `maxRetries` says how often calls are repeated. */
export type ReelhookProviderOptions = Omit<ReelhookOptions, "maxRetries">;

/** A `ProviderV4` of the AI SDK that has video models only. */
export interface ReelhookProvider {
  readonly specificationVersion: "v4";
  /**
   * A video model. Aborting a call ends only the wait: the generation continues, is billed, and can be canceled with
   * `generations.cancel` of the client.
   *
   * @param modelId id or alias, such as `runway/gen4_aleph`. `GET /v1/models` lists all models.
   */
  video(modelId: string): ReelhookVideoModel;
  /** The same as `video`, under the name that the AI SDK's registries use. */
  videoModel(modelId: string): ReelhookVideoModel;
  /** @throws NoSuchModelError always. */
  languageModel(modelId: string): never;
  /** @throws NoSuchModelError always. */
  embeddingModel(modelId: string): never;
  /** @throws NoSuchModelError always. */
  imageModel(modelId: string): never;
}
