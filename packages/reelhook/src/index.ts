// `reelhook`: the client.

export { type ClientErrorCode, type FieldError, ReelhookError } from "./errors.ts";
export type { FollowOptions, ServerSentEvent } from "./event-stream.ts";
export { type GenerationEvent, isFinal, type ProgressEvent, type QueueEvent } from "./generation-events.ts";
export type { CreateOptions, Generations, ReadOptions } from "./generations.ts";
export type { Models } from "./models.ts";
export type { CallOptions, ReelhookOptions } from "./options.ts";
export type { Page, Pages } from "./pages.ts";
export { type EventsOptions, Reelhook } from "./reelhook.ts";
export type * from "./types.ts";
export type { WaitOptions } from "./waiting.ts";
export type { EndpointDeliveriesOptions, RecoverOptions, WebhookEndpoints } from "./webhook-endpoints.ts";
