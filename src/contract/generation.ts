// A generation as callers see it.

import * as z from "zod/mini";
import { count, eventType, nullableTime, nullableUsd, pageOf, status, time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";
import { deprecated } from "./models.ts";
import { ERROR_CODES, MODES, PROVIDER_NAMES, WEBHOOK_STATES } from "./words.ts";

const identity = {
  id: z.string(),
  object: z.literal("generation"),
  status,
  mode: z.enum(MODES),
  model: z.string(),
};

const provider = z.strictObject({
  name: z.enum(PROVIDER_NAMES),
  /** The provider's id of the job; null until the provider accepts it. */
  id: z.nullable(z.string()),
  /** The provider's own word. */
  status: z.nullable(z.string()),
  polls: count,
});

const progress = z.strictObject({ bytes: count, total_bytes: z.nullable(count) });

const video = z.strictObject({
  /** Signed link, valid until `url_expires_at`. */
  url: z.string(),
  url_expires_at: nullableTime,
  /** Key of the object in R2. */
  key: z.string(),
  bytes: count,
  content_type: z.string(),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  width: z.nullable(z.number()),
  height: z.nullable(z.number()),
  duration_seconds: z.nullable(z.number()),
  frame_rate: z.nullable(z.number()),
});

/** The place in line for the provider among this account's generations of this mode, counted from 1, and their number. */
const queue = z.strictObject({ position: z.number(), waiting: z.number() });

/** The catalogue's price for the input when the generation was accepted. Null if it is not known. */
const estimate = z.strictObject({ usd: nullableUsd });

/** What the provider states that it has charged. A unit in which it states nothing is null. */
const usage = z.strictObject({ credits: z.nullable(z.number()), usd: nullableUsd });

const error = z.strictObject({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  /** True if the same request may be sent again: it may succeed, and nothing is paid twice. */
  retryable: z.boolean(),
  /** With `storage_failed`: the provider's own link to the video. */
  source_url: z.optional(z.string()),
});

/** Everything but `webhooks`; fields that do not apply yet are null. */
export const generationFields = {
  ...identity,
  /** The model's retirement, if it was at most 30 days away, or past, when the generation was accepted. */
  deprecated: z.nullable(deprecated),
  /** The model's own fields as sent, with data URIs shortened. */
  input: z.record(z.string(), z.unknown()),
  metadata: z.record(z.string(), z.string()),
  created_at: time,
  submitted_at: nullableTime,
  started_at: nullableTime,
  finished_at: nullableTime,
  provider,
  progress: z.nullable(progress),
  video: z.nullable(video),
  /** Null if the generation does not wait in line, or its place is not known. Computed when read; null in webhooks. */
  queue: z.nullable(queue),
  estimate,
  usage: z.nullable(usage),
  error: z.nullable(error),
  expires_at: nullableTime,
};

const webhook = z.strictObject({ url: z.string(), events: z.array(eventType), state: z.enum(WEBHOOK_STATES) });

export const generationSchema = z
  .strictObject({ ...generationFields, webhooks: z.array(webhook) })
  .register(z.globalRegistry, { id: "Generation" });

export type QueueView = DeepReadonly<z.output<typeof queue>>;

export type GenerationView = DeepReadonly<z.output<typeof generationSchema>>;

/** A generation in a list. */
export const generationSummarySchema = z.strictObject({
  ...identity,
  created_at: time,
  queue: z.nullable(queue),
  estimate,
  usage: z.nullable(usage),
});

export type GenerationSummary = DeepReadonly<z.output<typeof generationSummarySchema>>;

export const generationPageSchema = pageOf(generationSummarySchema).register(z.globalRegistry, {
  id: "GenerationList",
});

export type GenerationPage = DeepReadonly<z.output<typeof generationPageSchema>>;
