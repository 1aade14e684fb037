// Deliveries and their attempts as callers see them.

import * as z from "zod/mini";
import { described, nullableTime, pageOf, time } from "./fields.ts";
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
    attempts: described(
      z.array(z.strictObject({ ...attemptSchema.shape, response: z.nullable(z.string()) })),
      "The newest 50. `response` is the first 1 KiB of the answer. It is null without an answer, and for all but the newest 12 attempts.",
    ),
  })
  .register(z.globalRegistry, { id: "Delivery" });

export type DeliveryView = DeepReadonly<z.output<typeof deliverySchema>>;

/** With the body that every attempt sends. */
export const deliveryDetailSchema = z
  .strictObject({ ...deliverySchema.shape, body: z.string() })
  .register(z.globalRegistry, { id: "DeliveryDetail" });

export type DeliveryDetail = DeepReadonly<z.output<typeof deliveryDetailSchema>>;

export const deliveryPageSchema = pageOf(deliverySchema).register(z.globalRegistry, { id: "DeliveryList" });

export type DeliveryPage = DeepReadonly<z.output<typeof deliveryPageSchema>>;
