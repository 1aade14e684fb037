// What answers look like, as zod schemas: for the API's description, and for tests that hold each answer to it. The views
// themselves are made in core.

import * as z from "zod";
import { STATUSES } from "../core/generation/record.ts";
import { EVENT_TYPES } from "../core/webhooks/events.ts";
import { PROBLEM_CODES } from "./problem-codes.ts";

const time = z.iso.datetime({ precision: 3 });
const nullableTime = time.nullable();
const count = z.int().min(0);
const status = z.enum(STATUSES);
const eventType = z.enum(EVENT_TYPES);
/** The provider's own fields, as they were sent; data URIs shortened. */
const input = z.record(z.string(), z.unknown());

const video = z.strictObject({
  url: z.string(),
  url_expires_at: nullableTime,
  key: z.string(),
  bytes: count,
  content_type: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  width: z.number().nullable(),
  height: z.number().nullable(),
  duration_seconds: z.number().nullable(),
  frame_rate: z.number().nullable(),
});

const generationError = z.strictObject({
  code: z.enum([
    "invalid_input",
    "moderated",
    "insufficient_credits",
    "provider_unauthorized",
    "provider_error",
    "submission_unknown",
    "timed_out",
    "storage_failed",
    "canceled",
  ]),
  message: z.string(),
  retryable: z.boolean(),
  source_url: z.string().optional(),
});

const eventFields = {
  id: z.string(),
  object: z.literal("generation"),
  status,
  mode: z.enum(["live", "test"]),
  model: z.string(),
  input,
  metadata: z.record(z.string(), z.string()),
  created_at: time,
  submitted_at: nullableTime,
  started_at: nullableTime,
  finished_at: nullableTime,
  provider: z.strictObject({
    name: z.enum(["aimlapi", "sandbox"]),
    id: z.string().nullable(),
    status: z.string().nullable(),
    polls: count,
  }),
  progress: z.strictObject({ bytes: count, total_bytes: count.nullable() }).nullable(),
  video: video.nullable(),
  usage: z.strictObject({ credits: z.number() }).nullable(),
  error: generationError.nullable(),
  expires_at: nullableTime,
};

const generation = z.strictObject({
  ...eventFields,
  webhooks: z.array(
    z.strictObject({
      url: z.string(),
      events: z.array(eventType),
      state: z.enum(["pending", "delivered", "failed", "gone", "skipped"]),
    }),
  ),
});

const truncated = z.strictObject({ truncated: z.literal(true) });

/** The body of a webhook. */
const event = z.strictObject({
  type: eventType,
  timestamp: time,
  data: z.strictObject({
    ...eventFields,
    input: z.union([truncated, input]),
    metadata: z.union([truncated, eventFields.metadata]),
  }),
});

const generationList = z.strictObject({
  object: z.literal("list"),
  data: z.array(
    z.strictObject({
      id: z.string(),
      object: z.literal("generation"),
      status,
      mode: z.enum(["live", "test"]),
      model: z.string(),
      created_at: time,
    }),
  ),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});

const delivery = z.strictObject({
  id: z.string(),
  object: z.literal("delivery"),
  event: z.enum([...EVENT_TYPES, "webhook.test"]),
  url: z.string(),
  endpoint_id: z.string().nullable(),
  state: z.enum(["pending", "delivered", "failed", "gone"]),
  created_at: time,
  next_attempt_at: nullableTime,
  attempts: z.array(
    z.strictObject({
      at: time,
      status_code: z.int().nullable(),
      duration_ms: z.number(),
      error: z.string().nullable(),
      response: z.string().nullable(),
    }),
  ),
});

const deliveryDetail = z.strictObject({ ...delivery.shape, body: z.string() });

const deliveryList = z.strictObject({ object: z.literal("list"), data: z.array(delivery) });

const timeline = z.strictObject({
  object: z.literal("list"),
  data: z.array(z.strictObject({ id: z.string(), type: z.string(), timestamp: time, data: z.looseObject({}) })),
  polls: z.strictObject({ since: time, interval_seconds: z.number(), count }).nullable(),
});

const webhookEndpoint = z.strictObject({
  id: z.string(),
  object: z.literal("webhook_endpoint"),
  url: z.string(),
  events: z.array(eventType),
  description: z.string(),
  headers: z.record(z.string(), z.string()),
  client_certificate: z.boolean(),
  enabled: z.boolean(),
  disabled_at: nullableTime,
  disabled_reason: z.string().nullable(),
  created_at: time,
  health: z.strictObject({
    last_success_at: nullableTime,
    last_failure_at: nullableTime,
    failing_since: nullableTime,
    recent: z.array(
      z.strictObject({
        at: time,
        status_code: z.int().nullable(),
        duration_ms: z.number(),
        error: z.string().nullable(),
      }),
    ),
  }),
});

/** The endpoint that is tried, without what only its owner is to know. */
const testEvent = z.strictObject({
  type: z.literal("webhook.test"),
  timestamp: time,
  data: webhookEndpoint.omit({ headers: true, health: true }),
});

const webhookEndpointList = z.strictObject({ object: z.literal("list"), data: z.array(webhookEndpoint) });

const endpointSecret = z.strictObject({ secret: z.string() });

const webhookSecret = z.strictObject({
  secret: z.string(),
  public_key: z.string(),
  public_key_url: z.string(),
});

const webhookKeys = z.strictObject({ object: z.literal("webhook_keys"), public_keys: z.array(z.string()) });

const recovery = z.strictObject({ object: z.literal("recovery"), endpoint_id: z.string(), since: time });

const health = z.strictObject({
  status: z.enum(["ok", "misconfigured"]),
  version: z.string(),
  live: z.enum(["ready", "provider_not_configured"]).optional(),
  problems: z.array(z.strictObject({ setting: z.string(), message: z.string() })).optional(),
});

/** RFC 9457. */
const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(PROBLEM_CODES),
  request_id: z.string(),
  errors: z.array(z.strictObject({ pointer: z.string(), message: z.string() })).optional(),
  generation_id: z.string().optional(),
});

/** As the provider answers. */
const providerJob = z.strictObject({
  id: z.string(),
  status: z.enum(["queued", "generating", "completed", "error"]),
  video: z.strictObject({ url: z.string() }).nullable().optional(),
  error: z.strictObject({ name: z.string(), message: z.string() }).nullable().optional(),
  meta: z.strictObject({ usage: z.strictObject({ credits_used: z.number() }) }).optional(),
});

/** As the provider errs. */
const providerError = z.strictObject({
  message: z.string(),
  path: z.string(),
  requestId: z.string(),
  statusCode: z.int(),
  timestamp: time,
});

/** By the names that the description knows them by. */
export const ANSWERS = {
  Generation: generation,
  GenerationList: generationList,
  Event: event,
  TestEvent: testEvent,
  Delivery: delivery,
  DeliveryDetail: deliveryDetail,
  DeliveryList: deliveryList,
  Timeline: timeline,
  WebhookEndpoint: webhookEndpoint,
  WebhookEndpointList: webhookEndpointList,
  EndpointSecret: endpointSecret,
  WebhookSecret: webhookSecret,
  WebhookKeys: webhookKeys,
  Recovery: recovery,
  Health: health,
  Problem: problem,
  ProviderJob: providerJob,
  ProviderError: providerError,
};
