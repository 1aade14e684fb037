// A small catalogue in the shape of the provider's: invented models, and a built-in one.

import type { Answer } from "./scenario.ts";

/** The provider's answers to requests for its catalogue, in order. The last one of each list is repeated. */
export interface Catalogue {
  /** For `GET /v1/models`. */
  readonly models?: readonly Answer[];
  /** For `GET /v1/models/deprecations`. */
  readonly deprecations?: readonly Answer[];
  /** For `GET /docs-json`, by model. Other models get 404. */
  readonly documents?: Readonly<Record<string, readonly Answer[]>>;
}

const SUBMIT = "internal/video-generations/submit";

/** Address of a model's document. Only its path and query are used, so the origin does not matter. */
export function documentAddress(id: string): string {
  return `https://api.aimlapi.com/docs-json?model=${encodeURIComponent(id)}&endpoint=${encodeURIComponent(SUBMIT)}`;
}

/** An entry of the list. */
export function listed(id: string, { info = {}, ...more }: { info?: object; [field: string]: unknown } = {}): object {
  return {
    id,
    aliases: [],
    type: SUBMIT,
    tags: [],
    info: { name: id, developer: "Acme", docsUrl: "https://docs.example.com", docsJson: documentAddress(id), ...info },
    modalities: { input: ["text"], output: ["video"] },
    capabilities: ["text_to_video"],
    ...more,
  };
}

/** The document of a model with these fields. */
export function documentOf(
  id: string,
  properties: object,
  required: readonly string[] = ["prompt"],
  paths: readonly string[] = ["/v2/video/generations"],
): object {
  const model = { type: "string", enum: [id] };
  const schema = { type: "object", properties: { model, ...properties }, required: ["model", ...required] };
  const post = { requestBody: { required: true, content: { "application/json": { schema } } }, responses: {} };
  return {
    openapi: "3.0.0",
    info: { title: id, version: "1.0.0" },
    paths: Object.fromEntries(paths.map((path) => [path, { post }])),
  };
}

const PROMPT = { type: "string", maxLength: 1000 };
const FILE = { type: "string", format: "uri" };
const DURATION = { type: "integer", enum: [5, 10], default: "5" };
const IMAGE = { type: "object", properties: { type: { type: "string", enum: ["image"] }, url: FILE } };

/** Fields and document of each model that has one. `brook/untold` has none. */
export const DOCUMENTS: Readonly<Record<string, object>> = {
  // An integer with a string as its default, bounds, a deprecated field, and a pattern that takes forever.
  "acme/dream-1": documentOf("acme/dream-1", {
    prompt: { ...PROMPT, minLength: 1, description: "What to show.", example: "a raccoon" },
    aspect_ratio: { type: "string", enum: ["16:9", "9:16"], default: "16:9" },
    duration: DURATION,
    seed: { type: "integer", minimum: 0, maximum: 4_294_967_295 },
    cfg_scale: { type: "number", minimum: 0, maximum: 1, exclusiveMinimum: true },
    watermark: { type: "boolean", default: false },
    style: { type: "string", pattern: "^(a+)+$", deprecated: true },
  }),
  // A URL or a list of URLs, and a nullable list of objects.
  "acme/morph-2": documentOf(
    "acme/morph-2",
    {
      image_url: { anyOf: [FILE, { type: "array", items: FILE, minItems: 1, maxItems: 4 }] },
      multi_prompt: {
        type: "array",
        nullable: true,
        items: { type: "object", properties: { prompt: PROMPT, duration: DURATION }, required: ["prompt"] },
        minItems: 1,
        maxItems: 6,
      },
      resolution: { enum: ["720p", "1080p"], default: "720p" },
    },
    ["image_url"],
  ),
  // Nested objects, and null as an alternative.
  "brook/keyframes": documentOf("brook/keyframes", {
    prompt: PROMPT,
    keyframes: {
      type: "object",
      properties: {
        frame0: { anyOf: [{ ...IMAGE, required: ["type", "url"] }, { nullable: true }] },
        frame1: { anyOf: [{ ...IMAGE, required: ["type", "url"] }, { nullable: true }] },
      },
    },
    loop: { type: "boolean" },
  }),
  // Only at a vendor's path.
  "brook/legacy": documentOf(
    "brook/legacy",
    { prompt: PROMPT, video_url: FILE },
    ["prompt", "video_url"],
    ["/v2/generate/video/brook/generation"],
  ),
  // One more field than the built-in schema.
  "runway/gen4_turbo": documentOf(
    "runway/gen4_turbo",
    { image_url: FILE, prompt: PROMPT, duration: DURATION, motion_strength: { type: "number" } },
    ["image_url"],
  ),
};

const SECONDS = { name: "video", measure: "second", price: 0.05, per: 1 };

export const LISTED: readonly object[] = [
  listed("acme/dream-1", {
    aliases: ["acme-dream", "dream-legacy"],
    info: { name: "Dream 1" },
    pricing: { kind: "fixed", units: [SECONDS] },
  }),
  listed("acme/morph-2", {
    info: { name: "Morph 2" },
    capabilities: ["image_to_video"],
    pricing: {
      kind: "variants",
      dimensions: ["resolution"],
      variants: [
        { when: { resolution: "720p" }, price: 0.39, unit: "second", per: 1 },
        { when: { resolution: "1080p" }, price: "0.65", unit: "second", per: 1 },
      ],
    },
  }),
  listed("brook/keyframes", { info: { name: "Keyframes", developer: "Brook" }, pricing: { kind: "variable" } }),
  listed("brook/legacy", { info: { name: "Legacy", developer: "Brook" }, capabilities: ["video_to_video"] }),
  listed("brook/untold", { info: { name: "Untold", developer: "Brook", docsJson: null } }),
  listed("runway/gen4_turbo", {
    aliases: ["gen4_turbo"],
    info: { name: "Runway Gen-4 Turbo", developer: "Runway" },
    capabilities: ["image_to_video"],
    pricing: { kind: "fixed", units: [SECONDS] },
  }),
  // Not a video model.
  listed("acme/chat-1", {
    type: "chat-completion",
    info: { name: "Chat 1" },
    modalities: { input: ["text"], output: ["text"] },
  }),
];

/** The retirement of `brook/legacy`. */
export function deprecation(endsAt: number): object {
  return {
    model: "brook/legacy",
    deprecated_at: "2026-11-01",
    shutdown_date: new Date(endsAt).toISOString(),
    replacement: "acme/dream-1",
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The whole catalogue. By default, `brook/legacy` is retired in ten days. */
export function smallCatalogue(replaced: Catalogue & { readonly endsAt?: number } = {}): Catalogue {
  const { endsAt = Date.now() + 10 * DAY_MS, ...more } = replaced;
  const documents = Object.entries(DOCUMENTS).map(([id, body]) => [id, [{ headers: { etag: '"d1"' }, body }]] as const);
  return {
    models: [listAnswer(LISTED)],
    deprecations: [{ headers: { etag: '"r1"' }, body: { object: "list", data: [deprecation(endsAt)] } }],
    ...more,
    documents: { ...Object.fromEntries(documents), ...more.documents },
  };
}

export function listAnswer(models: readonly object[], etag = '"m1"'): Answer {
  return { headers: { etag }, body: { object: "list", data: models } };
}
