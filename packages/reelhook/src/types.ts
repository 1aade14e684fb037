// Names for the types of the API, which are generated from its description.

import type { components, operations } from "./generated/api.ts";

type Schemas = components["schemas"];

/** A generation: one video job, from the accepted request to its end. Fields that do not apply yet are null. */
export type Generation = Schemas["Generation"];

/** A generation in a list. */
export type GenerationSummary = Schemas["GenerationList"]["data"][number];

/** `queued`, `generating`, `storing`, and the final `completed`, `failed` and `canceled`. */
export type Status = Generation["status"];

/** What `generations.create` sends: the model's own fields, and Reelhook's `webhooks`, `metadata` and `retention_days`. */
export type GenerationInput = Schemas["CreateRequest"];

/** The query of the API, with one parameter that stands for any `metadata.KEY`. */
export type GenerationParameters = NonNullable<operations["listGenerations"]["parameters"]["query"]>;

/** Filters of a list of generations, and its `limit` and `cursor`. */
export interface GenerationQuery extends Omit<GenerationParameters, "metadata.KEY"> {
  /** Pairs that the metadata of a generation must have, such as `{ order: "42" }`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** An outcome to simulate in test mode, such as `fail`. */
export type Simulation = NonNullable<
  NonNullable<operations["createGeneration"]["parameters"]["header"]>["Reelhook-Simulate"]
>;

/** A delivery of one event to one webhook, with its attempts. */
export type Delivery = Schemas["Delivery"];

/** A delivery with the body that is sent. */
export type DeliveryDetail = Schemas["DeliveryDetail"];

/** A model in the list of models. */
export type Model = Schemas["Model"];

/** A model with the JSON Schema of its input. */
export type ModelDetail = Schemas["ModelDetail"];

/** A standing webhook, which receives the events of every generation. */
export type WebhookEndpoint = Schemas["WebhookEndpoint"];

/** A webhook endpoint that has just been created, with its secret. */
export type NewWebhookEndpoint = Schemas["NewWebhookEndpoint"];

/** What `webhookEndpoints.create` sends: `url`, and optionally `events`, `description`, `headers` and others. */
export type WebhookEndpointInput = Schemas["EndpointCreate"];

/** Fields of a webhook endpoint to change. */
export type WebhookEndpointChange = Schemas["EndpointChange"];

/** A delivery in the log of a webhook endpoint. */
export type EndpointDelivery = Schemas["EndpointDeliveryList"]["data"][number];

/** A recovery of failed deliveries that has started, or their number with `dryRun`. */
export type Recovery = Schemas["Recovery"];

/** The secret and the public key that sign callbacks to webhooks named in requests. */
export type WebhookSecret = Schemas["WebhookSecret"];

/** Usage and cost, by day and model. */
export type Usage = Schemas["Usage"];

/** The days to count (`from` and `to`, UTC) and how to group them. */
export type UsageQuery = NonNullable<operations["getUsage"]["parameters"]["query"]>;

/** The account and mode of an API key. */
export type Account = Schemas["Account"];

/** One item of a generation's timeline. */
export type TimelineItem = Schemas["Timeline"]["data"][number];

/** The error answer of the API (RFC 9457). */
export type ApiProblem = Schemas["Problem"];
