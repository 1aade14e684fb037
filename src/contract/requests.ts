// What callers may send. Rules for URLs depend on the deployment and are passed in; the fields of each model are added
// where requests are read (src/http/create-request.ts).

import * as z from "zod/mini";
import { isCustomHeader } from "./custom-headers.ts";
import { described, flag, maxLength, minLength, status } from "./fields.ts";
import { DELIVERY_FILTERS, DELIVERY_STATES, ERROR_CODES, EVENT_TYPES, type EventType } from "./words.ts";

const MAX_WEBHOOKS = 20;
const MAX_METADATA_PAIRS = 16;
const MAX_METADATA_KEY_LENGTH = 40;
const MAX_METADATA_VALUE_LENGTH = 500;
const MAX_SEARCH_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 500;
const MAX_HEADERS = 10;
const MAX_HEADER_VALUE_LENGTH = 1000;

/** A hundred years. */
export const MAX_RETENTION_DAYS = 36_500;

export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

export const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;

const HEADER_REFUSED =
  'must be in the list under "Custom headers" in docs/webhooks.md, or a name of your own, such as x-custom-name';

/** The deployment's rules for URLs that it calls. */
export interface WebhookUrlRules {
  /** Why the URL must not be called; null if it may be. */
  rejection(url: string): string | null;
  /** Canonical form of a URL, to find duplicates. */
  identity(url: string): string;
}

function webhookUrl(rules: WebhookUrlRules) {
  const check = z.superRefine<string>((url, context) => {
    const message = rules.rejection(url);
    if (message !== null) context.addIssue({ code: "custom", message });
  });
  return z.string().check(check);
}

const eventTypes = z.pipe(
  z.array(z.enum(EVENT_TYPES)).check(minLength(1)),
  z.transform((events): readonly EventType[] => [...new Set(events)]),
);

/** The caller's own pairs. */
const metadata = z
  .record(z.string().check(maxLength(MAX_METADATA_KEY_LENGTH)), z.string().check(maxLength(MAX_METADATA_VALUE_LENGTH)))
  .check(atMostPairs(MAX_METADATA_PAIRS, "pairs"));

/** Reelhook's own fields, which requests for every model accept. */
export function commonFields(rules: WebhookUrlRules) {
  const url = webhookUrl(rules);
  const webhook = z.strictObject({ url, events: z.optional(eventTypes) });
  return {
    model: z.optional(z.string()),
    webhooks: described(
      z.optional(z.array(webhook).check(maxLength(MAX_WEBHOOKS), eachUrlOnce(rules))),
      "Webhooks that get the `events` of this generation, by default all, in addition to the webhook endpoints. Their " +
        "callbacks are signed with the secret of `GET /v1/webhook-secret`.",
    ),
    webhook_url: described(
      z.optional(url),
      "The same as `webhooks` with only this URL and all events. It cannot be combined with `webhooks`.",
    ),
    retention_days: described(
      z.optional(z.number().check(z.minimum(0), z.maximum(MAX_RETENTION_DAYS))),
      "Days after its end at which the generation is deleted with its video. 0 keeps it. Default, and limit unless it " +
        "is 0: the deployment's setting `RETENTION_DAYS`.",
    ),
    metadata: described(
      z.optional(metadata),
      `At most ${MAX_METADATA_PAIRS} pairs of your own, which the generation and its callbacks have. Keys have at most ` +
        `${MAX_METADATA_KEY_LENGTH} characters, values ${MAX_METADATA_VALUE_LENGTH}.`,
    ),
  };
}

function eachUrlOnce({ identity }: WebhookUrlRules) {
  return z.superRefine<{ url: string }[]>((webhooks, context) => {
    const firsts = new Map<string, number>();
    webhooks.forEach(({ url }, at) => {
      const first = firsts.get(identity(url));
      if (first === undefined) firsts.set(identity(url), at);
      else context.addIssue({ code: "custom", path: [at, "url"], message: `repeats /webhooks/${first}/url` });
    });
  });
}

function atMostPairs(most: number, name: string) {
  return z.refine<Record<string, string>>(
    (pairs) => Object.keys(pairs).length <= most,
    `must have at most ${most} ${name}`,
  );
}

const eachKeyNamed = z.refine<Record<string, string>>(
  (pairs) => !Object.hasOwn(pairs, ""),
  "must name a key of the metadata, such as metadata.order=42",
);

const headers = z
  .record(
    z.string().check(z.refine(isCustomHeader, HEADER_REFUSED)),
    z
      .string()
      .check(
        maxLength(MAX_HEADER_VALUE_LENGTH),
        z.regex(
          /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$|^$/,
          "must be printable ASCII without leading or trailing spaces",
        ),
      ),
  )
  .check(atMostPairs(MAX_HEADERS, "headers"));

function endpointFields(rules: WebhookUrlRules) {
  return {
    url: z.optional(webhookUrl(rules)),
    events: z.optional(eventTypes),
    description: z.optional(z.string().check(maxLength(MAX_DESCRIPTION_LENGTH))),
    headers: z.optional(headers),
    client_certificate: z.optional(z.boolean()),
    enabled: z.optional(z.boolean()),
  };
}

export function endpointChangeSchema(rules: WebhookUrlRules) {
  return z.strictObject(endpointFields(rules)).register(z.globalRegistry, { id: "EndpointChange" });
}

export function endpointCreateSchema(rules: WebhookUrlRules) {
  const fields = { ...endpointFields(rules), url: webhookUrl(rules) };
  return z.strictObject(fields).register(z.globalRegistry, { id: "EndpointCreate" });
}

/** RFC 3339 cannot express years after 9999, which an offset could otherwise lead to. */
export const plausibleTime = z.iso
  .datetime({ offset: true, error: "must be an RFC 3339 time" })
  .check(z.refine((text) => text >= "2000" && text < "9999-12-31", "must be a time from 2000-01-01 to 9999-12-30"));

export const recoveryRequestSchema = z
  .strictObject({
    since: plausibleTime,
    dry_run: described(z.optional(z.boolean()), "Only count: nothing is sent."),
  })
  .register(z.globalRegistry, { id: "RecoveryRequest" });

const limitMessage = `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;

/** The number of items on a page. */
export function pageLimit(byDefault = DEFAULT_PAGE_SIZE) {
  const text = z.string().check(z.refine((text) => /^\d{1,3}$/.test(text), limitMessage));
  const inRange = z.refine<number>((value) => value >= 1 && value <= MAX_PAGE_SIZE, limitMessage);
  return (
    z
      ._default(z.pipe(text, z.transform(Number).check(inRange)), byDefault)
      // It arrives as text and is described as a number.
      .register(z.globalRegistry, {
        override: { type: "integer", minimum: 1, maximum: MAX_PAGE_SIZE, default: byDefault },
      })
  );
}

const acceptedAt = (description: string) => described(z.optional(plausibleTime), description);

/** The query of `GET /v1/generations`. */
export const listQuerySchema = z.strictObject({
  status: z.optional(status),
  model: z.optional(z.string().check(minLength(1), maxLength(200))),
  error: described(z.optional(z.enum(ERROR_CODES)), "The `error.code` of generations that failed or were canceled."),
  created_after: acceptedAt("Accepted at this time or later (RFC 3339)."),
  created_before: acceptedAt("Accepted before this time (RFC 3339)."),
  deliveries: described(
    z.optional(z.enum(DELIVERY_FILTERS)),
    "With at least one webhook delivery that has `failed` (answers of 410 included) or is `pending`.",
  ),
  // A family of parameters (http/validation.ts): what arrives as `metadata.order=42` is read as `{ order: "42" }`.
  "metadata.KEY": z.optional(metadata.check(eachKeyNamed)).register(z.globalRegistry, {
    description:
      "Whose `metadata` has this value for the key that stands in place of `KEY`, such as `metadata.order=42`. May be " +
      `given for up to ${MAX_METADATA_PAIRS} keys, which must all match.`,
    override: { type: "string", maxLength: MAX_METADATA_VALUE_LENGTH },
  }),
  q: described(
    z.optional(z.string().check(maxLength(MAX_SEARCH_LENGTH), z.regex(/\S/, "must not be empty"))),
    "A part of the id, or words that are all in the first 1,000 characters of the prompt. Upper and lower case are the same.",
  ),
  limit: pageLimit(),
  cursor: z.optional(z.string()),
});

export const deliveryListQuerySchema = z.strictObject({
  limit: pageLimit(MAX_PAGE_SIZE),
  cursor: z.optional(z.string()),
});

export const endpointDeliveryListQuerySchema = z.strictObject({
  state: z.optional(z.enum(DELIVERY_STATES)),
  limit: pageLimit(),
  cursor: z.optional(z.string()),
});

/** The query of `GET /v1/events`. */
export const eventsQuerySchema = z.strictObject({
  bodies: z._default(flag(), false).register(z.globalRegistry, {
    description: "Whether the events that a webhook can subscribe to are sent as the bodies of webhooks.",
    override: { type: "boolean", default: false },
  }),
});

/** Makes a new schema each time, because each parameter has a description of its own. */
const date = () => z.optional(z.iso.date({ error: "must be a date, such as 2026-11-27" }));

const GROUPS = ["day", "model"] as const;

/** The query of `GET /v1/usage`. */
export const usageQuerySchema = z.strictObject({
  from: date().register(z.globalRegistry, {
    description: "First day of acceptance (UTC). Default: 29 days before `to`.",
  }),
  to: date().register(z.globalRegistry, { description: "Last day of acceptance (UTC). Default: today." }),
  group_by: z
    ._default(
      z.pipe(
        z.string(),
        z.transform((text: string, context): readonly (typeof GROUPS)[number][] => {
          const names = text.split(",");
          const groups = GROUPS.filter((group) => names.includes(group));
          if (groups.length === names.length) return groups;
          context.issues.push({ code: "custom", message: "must be day, model, or day,model", input: text });
          return z.NEVER;
        }),
      ),
      [...GROUPS],
    )
    .register(z.globalRegistry, {
      description: "`day`, `model`, or both.",
      override: { type: "string", enum: ["day", "model", "day,model"], default: "day,model" },
    }),
});
