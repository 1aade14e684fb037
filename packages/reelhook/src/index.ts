// `reelhook`: the client.

export { type ClientErrorCode, type FieldError, ReelhookError } from "./errors.ts";
export type { FollowOptions, ServerSentEvent } from "./event-stream.ts";
export { type CreateOptions, type GenerationEvent, isFinal, type WaitOptions } from "./generations.ts";
export type { CallOptions, ReelhookOptions } from "./options.ts";
export type { Page, Pages } from "./pages.ts";
export { type EventsOptions, Reelhook } from "./reelhook.ts";
export type * from "./types.ts";
