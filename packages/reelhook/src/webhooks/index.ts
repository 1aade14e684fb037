// `reelhook/webhooks`: verifies callbacks. Imports nothing of the client, so that a receiver stays small.

export { WebhookVerificationError, type WebhookVerificationErrorCode } from "./error.ts";
export type {
  GenerationCanceledEvent,
  GenerationCompletedEvent,
  GenerationFailedEvent,
  GenerationStartedEvent,
  WebhookEvent,
  WebhookGeneration,
  WebhookTestEvent,
} from "./events.ts";
export type { WebhookKey, WebhookKeys } from "./keys.ts";
export type { FetchRequest, NodeRequest, ReadRequest, WebhookHeaders, WebhookRequest } from "./request.ts";
export { type VerifyOptions, verifyWebhook } from "./verify.ts";
