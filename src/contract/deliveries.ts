// Deliveries and their attempts as callers see them.

import * as z from "zod/mini";
import { count, described, nullableTime, pageOf, time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";
import { DELIVERY_STATES, EVENT_TYPES, TEST_EVENT_TYPE } from "./words.ts";

/** One attempt of a delivery. */
export const attemptSchema = z.strictObject({
  at: time,
  status_code: described(z.nullable(z.int()), "Null if there was no answer."),
  duration_ms: z.number(),
  error: z.nullable(z.string()),
});

export type AttemptView = DeepReadonly<z.output<typeof attemptSchema>>;

export const deliverySchema = z
  .strictObject({
    id: z.string(),
    object: z.literal("delivery"),
    event: z.enum([...EVENT_TYPES, TEST_EVENT_TYPE]),
    url: z.string(),
    endpoint_id: described(z.nullable(z.string()), "Null if only the request named this webhook."),
    state: z.enum(DELIVERY_STATES),
    created_at: time,
    next_attempt_at: nullableTime,
    attempting_since: described(nullableTime, "When the attempt under way began; null if none is."),
    attempts: described(
      z.array(
        z.strictObject({
          ...attemptSchema.shape,
          response: z.nullable(z.string()),
          manual: described(z.boolean(), "Whether it was asked for, by `redeliver` or `recover`."),
        }),
      ),
      "The newest 50. `response` is the first 1 KiB of the answer. It is null without an answer, and for all but the newest 12 attempts.",
    ),
  })
  .register(z.globalRegistry, { id: "Delivery" });

export type DeliveryView = DeepReadonly<z.output<typeof deliverySchema>>;

/** A delivery in the log of a webhook endpoint. */
const loggedDeliverySchema = z.strictObject({
  id: z.string(),
  object: z.literal("delivery"),
  event: z.enum([...EVENT_TYPES, TEST_EVENT_TYPE]),
  generation_id: described(z.nullable(z.string()), "Null for a test event."),
  state: z.enum(DELIVERY_STATES),
  created_at: time,
  next_attempt_at: nullableTime,
  attempt_count: described(count, "50 at most."),
  last_attempt: described(z.nullable(attemptSchema), "Null if nothing has been sent."),
});

export type LoggedDeliveryView = DeepReadonly<z.output<typeof loggedDeliverySchema>>;

export const endpointDeliveryPageSchema = pageOf(loggedDeliverySchema).register(z.globalRegistry, {
  id: "EndpointDeliveryList",
});

export type EndpointDeliveryPage = DeepReadonly<z.output<typeof endpointDeliveryPageSchema>>;

/** With the body that every attempt sends. */
export const deliveryDetailSchema = z
  .strictObject({ ...deliverySchema.shape, body: z.string() })
  .register(z.globalRegistry, { id: "DeliveryDetail" });

export type DeliveryDetail = DeepReadonly<z.output<typeof deliveryDetailSchema>>;

export const deliveryPageSchema = pageOf(deliverySchema).register(z.globalRegistry, { id: "DeliveryList" });

export type DeliveryPage = DeepReadonly<z.output<typeof deliveryPageSchema>>;
