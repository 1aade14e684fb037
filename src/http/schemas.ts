// What callers may send, as zod schemas: the model's own fields at the top level, and ours beside them.

import * as z from "zod";
import { EVENT_TYPES, type RequestedWebhook, TERMINAL_EVENTS } from "../core/events.ts";
import type { JsonObject } from "../core/generation.ts";
import { checkUrl, type UrlRules } from "../core/url-safety.ts";
import { DEFAULT_MODEL, findModel, MODEL_IDS } from "../providers/models.ts";
import { shortened } from "./data-uris.ts";
import type { FieldError } from "./problem.ts";

const MAX_WEBHOOKS = 20;
const MAX_METADATA_PAIRS = 16;
const MAX_METADATA_KEY = 40;
const MAX_METADATA_VALUE = 500;

/** What is kept of an input must fit into a row, with room for the rest of the record. */
const MAX_INPUT_LENGTH = 256 * 1024;

export interface CreateRequest {
  readonly model: string;
  /** The model's own fields, as they were sent. */
  readonly input: JsonObject;
  readonly webhooks: readonly RequestedWebhook[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RequestRules {
  readonly urls: UrlRules;
  readonly extraModels: readonly string[];
}

export type Parsed<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly errors: readonly FieldError[] };

export function parseCreateRequest(body: unknown, { urls, extraModels }: RequestRules): Parsed<CreateRequest> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return invalid("", "must be a JSON object");
  const id = "model" in body ? body.model : DEFAULT_MODEL;
  const model = typeof id === "string" ? findModel(id, { extraModels, allowLocal: urls.allowLocal }) : null;
  const common = commonFields(urls);
  if (model === null) {
    const others = z.looseObject({ ...common, model: z.unknown() }).safeParse(body);
    const { errors } = invalid("/model", `must be one of ${[...MODEL_IDS, ...extraModels].join(", ")}`);
    return { valid: false, errors: [...errors, ...(others.error?.issues.flatMap(fieldErrors) ?? [])] };
  }
  const schema = model.fields === null ? z.looseObject(common) : z.strictObject({ ...model.fields, ...common });
  const parsed = schema.safeParse(body);
  if (!parsed.success) return { valid: false, errors: parsed.error.issues.flatMap(fieldErrors) };
  const { model: _, webhooks, webhook_url, metadata = {}, ...input } = parsed.data as CommonRequest & JsonObject;
  if (webhooks !== undefined && webhook_url !== undefined) {
    return invalid("/webhook_url", "is a shorthand for webhooks: send one of the two");
  }
  if (JSON.stringify(shortened(input)).length > MAX_INPUT_LENGTH) {
    return invalid("", `must have at most ${MAX_INPUT_LENGTH} characters, data URIs not counted`);
  }
  const wanted = webhooks ?? (webhook_url === undefined ? [] : [{ url: webhook_url }]);
  return {
    valid: true,
    value: {
      model: model.id,
      input,
      metadata,
      webhooks: wanted.map(({ url, events = TERMINAL_EVENTS }) => ({ url, events: [...new Set(events)] })),
    },
  };
}

interface CommonRequest {
  readonly model?: string;
  readonly webhooks?: readonly { readonly url: string; readonly events?: RequestedWebhook["events"] }[];
  readonly webhook_url?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

function commonFields(urls: UrlRules) {
  const webhookUrl = z.string().superRefine((text, context) => {
    const verdict = checkUrl(text, urls);
    if (!verdict.safe) context.addIssue({ code: "custom", message: verdict.reason });
  });
  const webhook = z.strictObject({ url: webhookUrl, events: z.array(z.enum(EVENT_TYPES)).min(1).optional() });
  return {
    model: z.string().optional(),
    webhooks: z.array(webhook).max(MAX_WEBHOOKS).superRefine(eachUrlOnce).optional(),
    webhook_url: webhookUrl.optional(),
    metadata: z
      .record(z.string().max(MAX_METADATA_KEY), z.string().max(MAX_METADATA_VALUE))
      .refine(
        (pairs) => Object.keys(pairs).length <= MAX_METADATA_PAIRS,
        `must have at most ${MAX_METADATA_PAIRS} pairs`,
      )
      .optional(),
  };
}

function eachUrlOnce(webhooks: readonly { url: string }[], context: z.RefinementCtx): void {
  webhooks.forEach(({ url }, at) => {
    const first = webhooks.findIndex((other) => other.url === url);
    if (first < at) {
      context.addIssue({
        code: "custom",
        path: [at, "url"],
        message: `repeats /webhooks/${first}/url: name a URL once`,
      });
    }
  });
}

function invalid(pointer: string, message: string): { valid: false; errors: FieldError[] } {
  return { valid: false, errors: [{ pointer, message }] };
}

/** One issue of zod, as the fields that it is about. */
function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key]),
      message: "is not a field of this request",
    }));
  }
  return [{ pointer: pointerTo(issue.path), message: issue.message }];
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
