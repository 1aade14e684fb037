import type { components } from "../generated/api.ts";

type Schemas = components["schemas"];

/**
 * The generation in an event: as the API returns it, without `webhooks`. To keep the body under 20 kB, `input` and then
 * `metadata` are replaced by `{truncated: true}`.
 */
export type WebhookGeneration = Schemas["Event"]["data"];

interface Sent {
  /** When it happened (RFC 3339), not when it was sent. */
  readonly timestamp: string;
}

/** The provider has begun. Sent only to webhooks that ask for it. */
export interface GenerationStartedEvent extends Sent {
  readonly type: "generation.started";
  readonly data: WebhookGeneration & { readonly status: "generating"; readonly video: null; readonly error: null };
}

/** The video is stored. */
export interface GenerationCompletedEvent extends Sent {
  readonly type: "generation.completed";
  readonly data: WebhookGeneration & {
    readonly status: "completed";
    readonly video: NonNullable<WebhookGeneration["video"]>;
    readonly error: null;
  };
}

interface Unfinished {
  readonly video: null;
  readonly error: NonNullable<WebhookGeneration["error"]>;
}

export interface GenerationFailedEvent extends Sent {
  readonly type: "generation.failed";
  readonly data: WebhookGeneration & Unfinished & { readonly status: "failed" };
}

export interface GenerationCanceledEvent extends Sent {
  readonly type: "generation.canceled";
  readonly data: WebhookGeneration & Unfinished & { readonly status: "canceled" };
}

/** Sent by `POST /v1/webhook-endpoints/{id}/test`. `data` is the webhook endpoint. */
export type WebhookTestEvent = Readonly<Schemas["TestEvent"]>;

/** The body of a callback. Later releases of Reelhook may add types: ignore those that you do not know. */
export type WebhookEvent =
  | GenerationStartedEvent
  | GenerationCompletedEvent
  | GenerationFailedEvent
  | GenerationCanceledEvent
  | WebhookTestEvent;
