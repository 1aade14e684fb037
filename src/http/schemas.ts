// Takes in what callers send: a value, or every field that is wrong with it.

import * as z from "zod";
import type { JsonObject } from "../core/generation/record.ts";
import { type RequestedWebhook, TERMINAL_EVENTS } from "../core/webhooks/events.ts";
import type { UrlRules } from "../core/webhooks/url-rules.ts";
import { DEFAULT_MODEL, findModel, MODEL_IDS } from "../providers/models.ts";
import { shortened } from "./data-uris.ts";
import { type FieldError, invalidRequest } from "./problem.ts";
import { commonFields, requestSchema } from "./requests.ts";

/** What is kept of an input must fit into a row, with room for the rest of the record. */
const MAX_INPUT_LENGTH = 256 * 1024;

export interface CreateRequest {
  readonly model: string;
  /** The model's own fields, as they were sent. */
  readonly input: JsonObject;
  readonly webhooks: readonly RequestedWebhook[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Null: as configured. */
  readonly retentionDays: number | null;
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
  if (model === null) {
    const others = z.looseObject({ ...commonFields(urls), model: z.unknown() }).safeParse(body);
    const { errors } = invalid("/model", `must be one of ${[...MODEL_IDS, ...extraModels].join(", ")}`);
    return { valid: false, errors: [...errors, ...errorsOf(others, body), ...errorsOfTheWhole(body)] };
  }
  const parsed = requestSchema(model, urls).safeParse(body);
  const errors = [...errorsOf(parsed, body), ...errorsOfTheWhole(body)];
  if (!parsed.success || errors.length > 0) return { valid: false, errors };
  const {
    model: _,
    webhooks,
    webhook_url,
    metadata = {},
    retention_days = null,
    ...input
  } = parsed.data as CommonRequest & JsonObject;
  const wanted = webhooks ?? (webhook_url === undefined ? [] : [{ url: webhook_url }]);
  return {
    valid: true,
    value: {
      model: model.id,
      input,
      metadata,
      retentionDays: retention_days,
      webhooks: wanted.map(({ url, events = TERMINAL_EVENTS }) => ({ url, events })),
    },
  };
}

interface CommonRequest {
  readonly model?: string;
  readonly webhooks?: readonly { readonly url: string; readonly events?: RequestedWebhook["events"] }[];
  readonly webhook_url?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retention_days?: number;
}

/** What no field is alone to blame for. */
function errorsOfTheWhole(body: object): FieldError[] {
  const {
    model: _,
    webhooks,
    webhook_url,
    metadata: __,
    retention_days: ___,
    ...input
  } = body as Record<string, unknown>;
  const errors: FieldError[] = [];
  if (webhooks !== undefined && webhook_url !== undefined) {
    errors.push({ pointer: "/webhook_url", message: "is a shorthand for webhooks: send one of the two" });
  }
  if (JSON.stringify(shortened(input as JsonObject)).length > MAX_INPUT_LENGTH) {
    errors.push({ pointer: "", message: `must have at most ${MAX_INPUT_LENGTH} characters, data URIs not counted` });
  }
  return errors;
}

function invalid(pointer: string, message: string): { valid: false; errors: FieldError[] } {
  return { valid: false, errors: [{ pointer, message }] };
}

/**
 * The value, or a Problem that names every bad field.
 *
 * @param others what is known to be wrong beside that.
 */
export function parseOrRefuse<S extends z.ZodType>(
  schema: S,
  body: unknown,
  others: readonly FieldError[] = [],
): z.output<S> {
  const parsed = schema.safeParse(body);
  const errors = [...errorsOf(parsed, body), ...others];
  if (!parsed.success || errors.length > 0) throw invalidRequest(errors);
  return parsed.data;
}

function errorsOf({ error }: z.ZodSafeParseResult<unknown>, body: unknown): FieldError[] {
  const errors = error?.issues.flatMap(fieldErrors) ?? [];
  const named = new Set(errors.map(({ pointer }) => pointer));
  return [...errors, ...protoErrors(body, []).filter(({ pointer }) => !named.has(pointer))];
}

/** JSON may hold that name; zod leaves it out of what it copies, and says nothing. */
function protoErrors(value: unknown, path: readonly string[]): FieldError[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "__proto__" && !Array.isArray(value)
      ? [{ pointer: pointerTo([...path, name]), message: "is no name that a field can have" }]
      : protoErrors(inner, [...path, name]),
  );
}

/** One issue of zod, as the fields that it is about. */
function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key]),
      message: "is not a field of this request",
    }));
  }
  return [{ pointer: pointerTo(issue.path), message: wordsFor(issue) }];
}

/** zod's own words speak to its caller; these to ours. */
function wordsFor(issue: z.core.$ZodIssue): string {
  const units = "origin" in issue ? { string: " characters", array: " items" }[issue.origin as string] : undefined;
  switch (issue.code) {
    case "invalid_type":
      return issue.message.endsWith("received undefined") ? "is required" : `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `must ${units === undefined ? "be" : "have"} at least ${issue.minimum}${units ?? ""}`;
    case "too_big":
      return `must ${units === undefined ? "be" : "have"} at most ${issue.maximum}${units ?? ""}`;
    default:
      return issue.message;
  }
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
