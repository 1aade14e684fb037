// The body of a generation request: the model's fields and Reelhook's fields, side by side at the top level.

import * as z from "zod/mini";
import type { FoundModel } from "../catalogue/models.ts";
import type { FieldError } from "../contract/problem.ts";
import { commonFields } from "../contract/requests.ts";
import { TERMINAL_EVENTS } from "../contract/words.ts";
import type { JsonObject } from "../core/json.ts";
import type { InputSchema } from "../core/models/input-schema.ts";
import { DEFAULT_MODEL, type UsableModel } from "../core/models/model.ts";
import type { RequestedWebhook } from "../core/webhooks/events.ts";
import type { UrlRules } from "../core/webhooks/url-rules.ts";
import { BuiltSchemas } from "./built-schemas.ts";
import { joinWithOr } from "./finding.ts";
import type { Handling } from "./handling.ts";
import { bodyWithInput } from "./input-fields.ts";
import { webhookUrlRules } from "./origins.ts";
import { type PreparedInput, prepareInput, TOO_LONG } from "./prepared-input.ts";
import { check } from "./validation.ts";

export interface CreateRequest {
  readonly model: UsableModel;
  /** The model's own fields, as sent. */
  readonly input: JsonObject;
  readonly prepared: PreparedInput;
  readonly webhooks: readonly RequestedWebhook[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Null: the deployment's setting applies. */
  readonly retentionDays: number | null;
}

export interface CreateRequestRules {
  readonly urls: UrlRules;
  /** The result for the request's model; null if the request is too malformed to name one. */
  readonly found: FoundModel | null;
  /** What to do with unknown fields. */
  readonly handling: Handling;
}

export type ParsedCreateRequest =
  | { readonly valid: true; readonly value: CreateRequest }
  | { readonly valid: false; readonly errors: readonly FieldError[] };

/** The model that a request names, or the default model. Null if the body or the name is malformed. */
export function requestedModel(body: unknown): string | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const model = "model" in body ? body.model : DEFAULT_MODEL;
  return typeof model === "string" ? model : null;
}

/** @returns the request, or every field that is wrong. */
export function parseCreateRequest(body: unknown, { urls, found, handling }: CreateRequestRules): ParsedCreateRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { valid: false, errors: [{ pointer: "", message: "must be a JSON object" }] };
  }
  const model = found?.kind === "found" ? found.model : null;
  const checked = check(cachedSchema(model?.inputSchema ?? null, urls, handling), body);
  const input = inputOf(body);
  const prepared = prepareInput(input);
  const errors = [
    ...(found?.kind === "unknown" ? [unknownModel(found)] : []),
    ...checked.errors,
    ...errorsAcrossFields(body, prepared),
  ];
  if (model === null || checked.data === null || errors.length > 0) return { valid: false, errors };
  const { webhooks, webhook_url, metadata = {}, retention_days = null } = checked.data;
  const wanted = webhooks ?? (webhook_url === undefined ? [] : [{ url: webhook_url }]);
  return {
    valid: true,
    value: {
      model,
      input,
      prepared,
      metadata,
      retentionDays: retention_days,
      webhooks: wanted.map(({ url, events = TERMINAL_EVENTS }) => ({ url, events })),
    },
  };
}

/** The error for an unknown model: suggests similar ones, and says if the catalogue could not be read. */
export function unknownModel({ nearest, problem }: Extract<FoundModel, { kind: "unknown" }>): FieldError {
  const unread = problem === null ? "" : `, and the provider's catalogue could not be read (${problem})`;
  const meant = nearest.length === 0 ? "" : `; did you mean ${joinWithOr(nearest)}?`;
  return { pointer: "/model", message: `is not a known model${unread}${meant || "."} GET /v1/models lists all models` };
}

/** The model's fields, as they were sent. */
function inputOf(body: object): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !isOurField(name)));
}

function errorsAcrossFields(body: object, prepared: PreparedInput): FieldError[] {
  const errors: FieldError[] = [];
  if ("webhooks" in body && "webhook_url" in body) {
    errors.push({ pointer: "/webhook_url", message: "must not be combined with webhooks" });
  }
  if (prepared.isTooLong) {
    errors.push({ pointer: "", message: TOO_LONG });
  }
  return errors;
}

const OUR_FIELDS = {
  model: true,
  webhooks: true,
  webhook_url: true,
  metadata: true,
  retention_days: true,
} satisfies Record<keyof ReturnType<typeof commonFields>, true>;

/** Whether a top-level field is Reelhook's own, and not the model's. */
export function isOurField(name: string): boolean {
  return Object.hasOwn(OUR_FIELDS, name);
}

const builtSchemas = new BuiltSchemas<RequestSchema>();

type RequestSchema = ReturnType<typeof anyModelSchema>;

/** The key in `builtSchemas` for models without a schema. */
const ANY_INPUT = {};

function cachedSchema(inputSchema: InputSchema | null, urls: UrlRules, handling: Handling): RequestSchema {
  const build = () => requestSchema(inputSchema, urls, handling);
  return builtSchemas.of(inputSchema ?? ANY_INPUT, handling, JSON.stringify(urls), build);
}

function requestSchema(inputSchema: InputSchema | null, urls: UrlRules, handling: Handling): RequestSchema {
  if (inputSchema === null) return anyModelSchema(urls);
  return bodyWithInput(inputSchema, commonFields(webhookUrlRules(urls)), { handling, allowLocal: urls.allowLocal });
}

/** Checks only Reelhook's own fields. */
function anyModelSchema(urls: UrlRules) {
  return z.looseObject(commonFields(webhookUrlRules(urls)));
}
