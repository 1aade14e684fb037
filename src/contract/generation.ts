// A generation as callers see it.

import * as z from "zod/mini";
import { count, described, eventType, maxLength, nullableTime, nullableUsd, pageOf, status, time } from "./fields.ts";
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
  id: described(z.nullable(z.string()), "The provider's id of the job; null until the provider accepts it."),
  status: described(z.nullable(z.string()), "The provider's own word."),
  polls: described(count, "Polls so far."),
});

const progress = z.strictObject({
  bytes: described(count, "Bytes copied to R2 so far."),
  total_bytes: described(z.nullable(count), "Size of the video; null if its host does not say."),
});

const video = z.strictObject({
  url: described(z.string(), "Signed link, valid until `url_expires_at`."),
  url_expires_at: described(nullableTime, "Null if `url` requires an API key and does not expire."),
  key: described(z.string(), "Key of the object in R2."),
  bytes: count,
  content_type: z.string(),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  width: described(z.nullable(z.number()), "In pixels. Null, like the next three, if the file does not tell."),
  height: z.nullable(z.number()),
  duration_seconds: z.nullable(z.number()),
  frame_rate: z.nullable(z.number()),
});

const queue = z.strictObject({
  position: described(z.number(), "Place in line among this account's generations of this mode, counted from 1."),
  waiting: described(z.number(), "Number of these generations."),
});

const estimate = z.strictObject({
  usd: described(nullableUsd, "The catalogue's price for the input when it was accepted. Null if it is not known."),
});

/** What the provider states that it has charged. */
const usage = z.strictObject({
  credits: described(z.nullable(z.number()), "Null if the provider states no credits."),
  usd: described(nullableUsd, "Null if the provider states no dollars."),
});

const error = z.strictObject({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  retryable: described(
    z.boolean(),
    "True if the same request may be sent again: it may succeed, and nothing is paid twice.",
  ),
  source_url: described(z.optional(z.string()), "With `storage_failed`: the provider's own link to the video."),
});

/** Everything but `webhooks`; fields that do not apply yet are null. */
export const generationFields = {
  ...identity,
  deprecated: described(
    z.nullable(deprecated),
    "The model's retirement, if it was at most 30 days away, or past, when the generation was accepted.",
  ),
  input: described(z.record(z.string(), z.unknown()), "The model's own fields as sent, with data URIs shortened."),
  metadata: z.record(z.string(), z.string()),
  created_at: time,
  submitted_at: described(nullableTime, "When the provider accepted it."),
  started_at: described(nullableTime, "When the provider was first seen to work on it."),
  finished_at: described(nullableTime, "When it reached its final status."),
  provider,
  progress: described(
    z.nullable(progress),
    "Progress of the copy to R2; null before it begins, and unless it succeeds.",
  ),
  video: described(z.nullable(video), "The stored video; null unless the generation has completed."),
  queue: described(
    z.nullable(queue),
    "Null if the generation does not wait in line, or its place is not known. Computed when read; null in webhooks.",
  ),
  estimate,
  usage: described(z.nullable(usage), "Null until the provider states a price."),
  error: described(z.nullable(error), "Why it failed or was canceled; otherwise null."),
  expires_at: described(nullableTime, "When the record and the video are deleted; null if they are kept."),
};

const webhook = z.strictObject({ url: z.string(), events: z.array(eventType), state: z.enum(WEBHOOK_STATES) });

export const generationSchema = z
  .strictObject({ ...generationFields, webhooks: z.array(webhook) })
  .register(z.globalRegistry, { id: "Generation" });

export type QueueView = DeepReadonly<z.output<typeof queue>>;

export type GenerationView = DeepReadonly<z.output<typeof generationSchema>>;

const MAX_LISTED_PROMPT_LENGTH = 200;

/** How many deliveries of a generation are in which state. */
const deliveryCounts = z.strictObject({
  delivered: count,
  pending: count,
  failed: described(count, "Given up after the last attempt, or answered with 410."),
});

/** A generation in a list. */
export const generationSummarySchema = z.strictObject({
  ...identity,
  prompt: described(
    z.nullable(z.string().check(maxLength(MAX_LISTED_PROMPT_LENGTH))),
    `The first ${MAX_LISTED_PROMPT_LENGTH} characters of the prompt. Null if the input has none.`,
  ),
  created_at: time,
  video: described(
    z.nullable(z.strictObject({ url: z.string(), duration_seconds: z.nullable(z.number()) })),
    "The stored video, with a signed link; null unless the generation has completed.",
  ),
  error: described(
    z.nullable(z.strictObject({ code: z.enum(ERROR_CODES) })),
    "Why it failed or was canceled; otherwise null.",
  ),
  deliveries: described(
    z.nullable(deliveryCounts),
    "Webhook deliveries by state, as last reported: with each change of status, then once each delivery has had its " +
      "first attempt, and once all are settled. Null if they are not known.",
  ),
  queue: z.nullable(queue),
  estimate,
  usage: z.nullable(usage),
});

export type GenerationSummary = DeepReadonly<z.output<typeof generationSummarySchema>>;

export const generationPageSchema = pageOf(generationSummarySchema).register(z.globalRegistry, {
  id: "GenerationList",
});

export type GenerationPage = DeepReadonly<z.output<typeof generationPageSchema>>;
