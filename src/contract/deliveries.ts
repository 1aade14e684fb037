// Deliveries and their attempts as callers see them.

import * as z from "zod/mini";
import { nullableTime, pageOf, time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";
import { DELIVERY_STATES, EVENT_TYPES, TEST_EVENT_TYPE } from "./words.ts";

/** One attempt of a delivery. */
export const attemptSchema = z.strictObject({
  at: time,
  /** Null if there was no answer. */
  status_code: z.nullable(z.int()),
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
    /** Null if only the request named this webhook. */
    endpoint_id: z.nullable(z.string()),
    state: z.enum(DELIVERY_STATES),
    created_at: time,
    next_attempt_at: nullableTime,
    /**
     * The newest 50. `response` is the first 1 KiB of the answer. It is null without an answer, and for all but the
     * newest 12 attempts.
     */
    attempts: z.array(z.strictObject({ ...attemptSchema.shape, response: z.nullable(z.string()) })),
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
