// Webhook endpoints and signing secrets as callers see them.

import * as z from "zod/mini";
import { attemptSchema } from "./deliveries.ts";
import { count, described, eventType, listOf, nullableTime, time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";

/** A webhook endpoint as a test event shows it: without what only its owner may see. */
export const testedEndpointSchema = z.strictObject({
  id: z.string(),
  object: z.literal("webhook_endpoint"),
  url: z.string(),
  events: z.array(eventType),
  description: z.string(),
  client_certificate: z.boolean(),
  enabled: z.boolean(),
  disabled_at: nullableTime,
  disabled_reason: z.nullable(z.string()),
  created_at: time,
});

export const endpointSchema = z
  .strictObject({
    ...testedEndpointSchema.shape,
    headers: z.record(z.string(), z.string()),
    health: z.strictObject({
      last_success_at: nullableTime,
      last_failure_at: nullableTime,
      failing_since: nullableTime,
      recent: z.array(attemptSchema),
      last_attempt: described(
        z.nullable(z.strictObject({ ...attemptSchema.shape, response: z.nullable(z.string()) })),
        "With the first 1 KiB of the answer, if there was one. Null before the first attempt.",
      ),
      hours: described(
        z.array(z.strictObject({ at: time, succeeded: count, failed: count })),
        "Attempts by the hour in which they began, oldest first: the last 24 hours, without hours that had none.",
      ),
    }),
    recovery: described(
      z.nullable(
        z.strictObject({
          since: time,
          matching: described(count, "Failed deliveries that the log had when it was started."),
          resent: described(count, "Deliveries that have been sent again so far."),
          started_at: time,
          finished_at: nullableTime,
        }),
      ),
      "The last recovery; null if there was none.",
    ),
  })
  .register(z.globalRegistry, { id: "WebhookEndpoint" });

export type EndpointView = DeepReadonly<z.output<typeof endpointSchema>>;

export const newEndpointSchema = z
  .strictObject({
    ...endpointSchema.shape,
    secret: described(
      z.string(),
      "Signs what is sent to this endpoint. `GET /v1/webhook-endpoints/{id}/secret` shows it again. Webhooks that are " +
        "named in requests have another secret: `GET /v1/webhook-secret`.",
    ),
  })
  .register(z.globalRegistry, { id: "NewWebhookEndpoint" });

export type NewEndpointView = DeepReadonly<z.output<typeof newEndpointSchema>>;

export const endpointListSchema = listOf(endpointSchema).register(z.globalRegistry, { id: "WebhookEndpointList" });

export type EndpointList = DeepReadonly<z.output<typeof endpointListSchema>>;

export const endpointSecretSchema = z
  .strictObject({ secret: z.string() })
  .register(z.globalRegistry, { id: "EndpointSecret" });

export const recoverySchema = z
  .strictObject({
    object: z.literal("recovery"),
    endpoint_id: z.string(),
    since: time,
    matching: described(count, "Failed deliveries of generations accepted since then."),
  })
  .register(z.globalRegistry, { id: "Recovery" });

export type RecoveryView = DeepReadonly<z.output<typeof recoverySchema>>;

/** Verify with the secret, or with the public key. */
export const webhookSecretSchema = z
  .strictObject({ secret: z.string(), public_key: z.string(), public_key_url: z.string() })
  .register(z.globalRegistry, { id: "WebhookSecret" });

export type WebhookSecret = DeepReadonly<z.output<typeof webhookSecretSchema>>;

export const webhookKeysSchema = z
  .strictObject({ object: z.literal("webhook_keys"), public_keys: z.array(z.string()) })
  .register(z.globalRegistry, { id: "WebhookKeys" });
