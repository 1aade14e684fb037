// What callers may send, as zod schemas: what the Worker validates by, the description tells, and the dashboard draws its
// form from. Nothing here knows the platform.

import * as z from "zod";
import { MAX_RETENTION_DAYS } from "../config.ts";
import { STATUSES } from "../core/generation/record.ts";
import { EVENT_TYPES, type EventType } from "../core/webhooks/events.ts";
import { urlIdentity } from "../core/webhooks/url-identity.ts";
import { checkUrl, type UrlRules } from "../core/webhooks/url-rules.ts";
import { DEFAULT_MODEL, type KnownModel, type Model } from "../providers/models.ts";
import { isReservedHeader } from "../webhooks/headers.ts";

const MAX_WEBHOOKS = 20;
const MAX_METADATA_PAIRS = 16;
const MAX_METADATA_KEY = 40;
const MAX_METADATA_VALUE = 500;
const MAX_DESCRIPTION = 500;
const MAX_HEADERS = 10;
const MAX_HEADER_VALUE = 1000;

/** RFC 9110, section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i;

export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;

/** The last of each model: the rules change with the host that a caller names, which is hardly ever another one. */
const lastSchemas = new WeakMap<Model, { readonly rules: string; readonly schema: ReturnType<typeof makeSchema> }>();

/** What a request for that model may hold. A model that nobody here knows may hold anything, beside what is ours. */
export function requestSchema(model: Model, urls: UrlRules) {
  const rules = JSON.stringify(urls);
  const last = lastSchemas.get(model);
  // Making one takes longer than all that a request is checked for.
  if (last?.rules === rules) return last.schema;
  const schema = makeSchema(model, urls);
  lastSchemas.set(model, { rules, schema });
  return schema;
}

function makeSchema({ id, fields }: Model, urls: UrlRules) {
  const common = { ...commonFields(urls), model: id === DEFAULT_MODEL ? z.literal(id).optional() : z.literal(id) };
  return fields === null ? z.looseObject(common) : z.strictObject({ ...fields, ...common });
}

/** What a request for any of those may hold, of which nothing is known but their ids. */
export function extraModelSchema(ids: readonly string[], urls: UrlRules) {
  return z.looseObject({ ...commonFields(urls), model: z.enum(ids) });
}

/** What a request may hold, by model. */
export type CreateRequestBody = KnownModel extends infer M
  ? M extends KnownModel
    ? z.input<z.ZodObject<M["fields"]>> &
        Omit<z.input<z.ZodObject<ReturnType<typeof commonFields>>>, "model"> &
        (M["id"] extends typeof DEFAULT_MODEL ? { model?: M["id"] } : { model: M["id"] })
    : never
  : never;

/** Of a user, to be called. */
export function callableUrl(urls: UrlRules) {
  return z.string().superRefine((text, context) => {
    const verdict = checkUrl(text, urls);
    if (!verdict.safe) context.addIssue({ code: "custom", message: verdict.reason });
  });
}

export const eventTypes = z
  .array(z.enum(EVENT_TYPES))
  .min(1)
  .transform((events): readonly EventType[] => [...new Set(events)]);

export function commonFields(urls: UrlRules) {
  const webhookUrl = callableUrl(urls);
  const webhook = z.strictObject({ url: webhookUrl, events: eventTypes.optional() });
  return {
    model: z.string().optional(),
    webhooks: z.array(webhook).max(MAX_WEBHOOKS).superRefine(eachUrlOnce).optional(),
    webhook_url: webhookUrl.optional(),
    retention_days: z.number().min(0).max(MAX_RETENTION_DAYS).optional(),
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
  const firsts = new Map<string, number>();
  webhooks.forEach(({ url }, at) => {
    const identity = urlIdentity(url);
    const first = firsts.get(identity);
    if (first === undefined) firsts.set(identity, at);
    else {
      context.addIssue({
        code: "custom",
        path: [at, "url"],
        message: `repeats /webhooks/${first}/url: name a URL once`,
      });
    }
  });
}

const headerPairs = z
  .record(
    z
      .string()
      .regex(HEADER_NAME, "must be named like a header")
      .refine((name) => !isReservedHeader(name), "is set by Reelhook or on the way"),
    z
      .string()
      .max(MAX_HEADER_VALUE)
      .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$|^$/, "must be printable ASCII"),
  )
  .refine((pairs) => Object.keys(pairs).length <= MAX_HEADERS, `must be at most ${MAX_HEADERS}`);

export function endpointFields(urls: UrlRules) {
  return z.strictObject({
    url: callableUrl(urls),
    events: eventTypes,
    description: z.string().max(MAX_DESCRIPTION),
    headers: headerPairs,
    client_certificate: z.boolean(),
    enabled: z.boolean(),
  });
}

/** Times of this age: others have no four digits for their year in UTC. */
const plausibleTime = z.iso
  .datetime({ offset: true })
  .refine((text) => text >= "2000" && text < "9999-12-31", "must be a time from the year 2000 on");

export const recoveryRequest = z.strictObject({ since: plausibleTime });

const limitMessage = `must be a whole number from 1 to ${MAX_LIMIT}`;

export const listQuery = z.strictObject({
  status: z.enum(STATUSES).optional(),
  model: z.string().min(1).max(200).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitMessage)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_LIMIT, limitMessage)
    .default(DEFAULT_LIMIT),
  cursor: z.string().optional(),
});
