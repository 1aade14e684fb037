// An example of each request and each successful answer, by the id of its schema. A test parses each with its schema.

import { VERSION } from "../../src/contract/version.ts";

const GENERATION = {
  id: "gen_v8tx5ny4r7b8fngyvrxa8prp4x",
  object: "generation",
  status: "completed",
  mode: "live",
  model: "runway/gen4_aleph",
  deprecated: null,
  input: { prompt: "Add a small fairy.", video_url: "https://example.com/raccoon.mp4", duration: 5 },
  metadata: { order: "42" },
  created_at: "2026-11-22T17:00:00.000Z",
  submitted_at: "2026-11-22T17:00:01.000Z",
  started_at: "2026-11-22T17:00:11.000Z",
  finished_at: "2026-11-22T17:03:32.000Z",
  provider: { name: "aimlapi", id: "5f3c…", status: "completed", polls: 21 },
  progress: { bytes: 7_340_032, total_bytes: 7_340_032 },
  video: {
    url: "https://reelhook.example.com/v1/generations/gen_v8tx5ny4r7b8fngyvrxa8prp4x/video?v=1795366800000&expires=1795971812&signature=…",
    url_expires_at: "2026-11-29T17:03:32.000Z",
    key: "videos/acme/live/gen_v8tx5ny4r7b8fngyvrxa8prp4x.mp4",
    bytes: 7_340_032,
    content_type: "video/mp4",
    sha256: "93461d1075ff0af539332343e6c56626a6a09d22b1be8cadb8dad50a552e529e",
    width: 1280,
    height: 720,
    duration_seconds: 5.04,
    frame_rate: 24,
  },
  queue: null,
  estimate: { usd: 0.75 },
  usage: { credits: 120_000, usd: 0.75 },
  error: null,
  expires_at: null,
};

const SUMS = {
  generations: 7,
  completed: 5,
  failed: 1,
  canceled: 0,
  credits: 600_000,
  usd: 3.75,
  bytes: 36_700_160,
};

const MODEL = {
  id: "runway/gen4_aleph",
  object: "model",
  name: "Gen-4 Aleph",
  developer: "Runway",
  aliases: [],
  capabilities: ["video_to_video"],
  pricing: { kind: "fixed", units: [{ name: "Video", measure: "second", price: 0.15, per: 1 }] },
  deprecated: { on: "2027-03-31", replacement: "runway/gen4_turbo" },
  docs_url: "https://docs.aimlapi.com/api-references/video-models/runway",
};

const ATTEMPT = { at: "2026-11-22T17:03:32.010Z", status_code: 204, duration_ms: 41, error: null };

const DELIVERY = {
  id: "msg_jzenaakep24mqr2fr914zst319",
  object: "delivery",
  event: "generation.completed",
  url: "https://example.com/hooks/video",
  endpoint_id: null,
  state: "delivered",
  created_at: "2026-11-22T17:03:32.000Z",
  next_attempt_at: null,
  attempting_since: null,
  attempts: [{ ...ATTEMPT, response: "", manual: false }],
};

const EVENT = { type: "generation.completed", timestamp: "2026-11-22T17:03:32.000Z", data: GENERATION };

const TESTED_ENDPOINT = {
  id: "we_v8tx5ny4r7b8fngyvrxa8prp4x",
  object: "webhook_endpoint",
  url: "https://example.com/hooks/video",
  events: ["generation.completed", "generation.failed", "generation.canceled"],
  description: "",
  client_certificate: false,
  enabled: true,
  disabled_at: null,
  disabled_reason: null,
  created_at: GENERATION.created_at,
};

const ENDPOINT = {
  ...TESTED_ENDPOINT,
  headers: {},
  health: {
    last_success_at: EVENT.timestamp,
    last_failure_at: null,
    failing_since: null,
    recent: [ATTEMPT],
    last_attempt: { ...ATTEMPT, response: "" },
    hours: [{ at: "2026-11-22T17:00:00.000Z", succeeded: 1, failed: 0 }],
  },
  recovery: null,
};

const API_KEY = {
  id: "key_v8tx5ny4r7b8fngyvrxa8prp4x",
  object: "api_key",
  account: "acme",
  mode: "live",
  name: "Backend",
  prefix: "rh_live_a1b2c3",
  read_only: false,
  created_at: "2026-11-22T17:00:00.000Z",
  expires_at: null,
  last_used_on: "2026-11-27",
};

export const EXAMPLES: Readonly<Record<string, object>> = {
  Generation: {
    ...GENERATION,
    webhooks: [{ url: "https://example.com/hooks/video", events: ["generation.completed"], state: "delivered" }],
  },
  GenerationList: {
    object: "list",
    data: [
      {
        id: GENERATION.id,
        object: "generation",
        status: "completed",
        mode: "live",
        model: GENERATION.model,
        prompt: GENERATION.input.prompt,
        created_at: GENERATION.created_at,
        video: { url: GENERATION.video.url, duration_seconds: GENERATION.video.duration_seconds },
        error: null,
        deliveries: { delivered: 2, pending: 1, failed: 0 },
        queue: GENERATION.queue,
        estimate: GENERATION.estimate,
        usage: GENERATION.usage,
      },
    ],
    has_more: false,
    next_cursor: null,
  },
  Usage: {
    object: "list",
    data: [{ day: "2026-11-22", model: GENERATION.model, ...SUMS }],
    total: SUMS,
    budget: {
      day: { limit_usd: 50, spent_usd: 3.75, reserved_usd: 0.75, resets_at: "2026-11-23T00:00:00.000Z" },
      month: { limit_usd: 500, spent_usd: 112.5, reserved_usd: 0.75, resets_at: "2026-12-01T00:00:00.000Z" },
      unpriced: 0,
    },
  },
  ModelList: { object: "list", data: [MODEL] },
  ModelDetail: {
    ...MODEL,
    input_schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        prompt: { type: "string", minLength: 1, maxLength: 1000 },
        video_url: { type: "string", format: "uri", contentMediaType: "video/*" },
        duration: { type: "integer", enum: [5], default: 5 },
      },
      required: ["prompt", "video_url"],
      additionalProperties: false,
    },
  },
  Event: EVENT,
  TestEvent: {
    type: "webhook.test",
    timestamp: EVENT.timestamp,
    data: TESTED_ENDPOINT,
  },
  Delivery: DELIVERY,
  DeliveryDetail: { ...DELIVERY, body: '{"type":"generation.completed",…}' },
  DeliveryList: { object: "list", data: [DELIVERY], has_more: false, next_cursor: null },
  EndpointDeliveryList: {
    object: "list",
    data: [
      {
        id: DELIVERY.id,
        object: "delivery",
        event: DELIVERY.event,
        generation_id: GENERATION.id,
        state: "delivered",
        created_at: DELIVERY.created_at,
        next_attempt_at: null,
        attempt_count: 1,
        last_attempt: ATTEMPT,
      },
    ],
    has_more: false,
    next_cursor: null,
  },
  Overview: {
    object: "overview",
    since: "2026-11-22T17:05:00.000Z",
    generations: { total: 45, queued: 2, generating: 3, storing: 0, completed: 37, failed: 2, canceled: 1 },
    errors: [{ code: "moderated", count: 2 }],
    deliveries: { failed: 1, pending: 4 },
    usage: { usd: 27.75 },
  },
  Timeline: {
    object: "list",
    data: [
      {
        id: "1795366800000-0",
        type: "generation.queued",
        timestamp: GENERATION.created_at,
        data: { status: "queued" },
      },
    ],
    polls: { since: GENERATION.submitted_at, interval_seconds: 10, count: 21 },
  },
  ApiKeyList: { object: "list", data: [API_KEY], has_more: false, next_cursor: null },
  NewApiKey: { ...API_KEY, last_used_on: null, key: "rh_live_a1b2c3…" },
  WebhookEndpoint: ENDPOINT,
  NewWebhookEndpoint: { ...ENDPOINT, secret: "whsec_…" },
  WebhookEndpointList: { object: "list", data: [ENDPOINT] },
  Recovery: {
    object: "recovery",
    endpoint_id: "we_v8tx5ny4r7b8fngyvrxa8prp4x",
    since: "2026-11-22T00:00:00.000Z",
    matching: 12,
  },
  WebhookKeys: { object: "webhook_keys", public_keys: ["whpk_…"] },
  EndpointSecret: { secret: "whsec_…" },
  WebhookSecret: {
    secret: "whsec_…",
    public_key: "whpk_…",
    public_key_url: "https://reelhook.example.com/.well-known/webhook-keys/…",
  },
  Account: { object: "account", name: "acme", mode: "live" },
  Health: { status: "ok", version: VERSION, live: "ready" },
  ProviderJob: { id: GENERATION.id, status: "completed", video: { url: GENERATION.video.url }, error: null },
};

export const REQUEST_EXAMPLES: Readonly<Record<string, object>> = {
  CreateRequest: {
    model: "runway/gen4_aleph",
    prompt: "Add a small fairy as a rider on the raccoon’s back.",
    video_url: "https://example.com/raccoon.mp4",
    webhook_url: "https://example.com/hooks/video",
  },
  DropInRequest: {
    model: "gen3a_turbo",
    prompt: "A jellyfish in the ocean.",
    image_url: "https://example.com/jellyfish.jpg",
    ratio: "16:9",
    webhook_url: "https://example.com/hooks/video",
  },
  ApiKeyRequest: { account: "acme", mode: "live", name: "Backend" },
  EndpointCreate: { url: "https://example.com/hooks/video" },
  EndpointChange: { enabled: true },
  RecoveryRequest: { since: "2026-11-22T00:00:00Z" },
};
