// The body of a generation request: the model's fields and Reelhook's fields, side by side at the top level.

import * as z from "zod/mini";
import type { FieldError } from "../contract/problems.ts";
import { commonFields, type WebhookUrlRules } from "../contract/requests.ts";
import { TERMINAL_EVENTS } from "../contract/words.ts";
import type { JsonObject } from "../core/generation/record.ts";
import type { RequestedWebhook } from "../core/webhooks/events.ts";
import type { UrlRules } from "../core/webhooks/url-rules.ts";
import {
  DEFAULT_MODEL,
  findModel,
  type Handling,
  MODELS,
  type Model,
  modelsFor,
  objectOf,
} from "../providers/models.ts";
import { webhookUrlRules } from "./origins.ts";
import { type PreparedInput, prepareInput, TOO_LONG } from "./prepared-input.ts";
import { check } from "./validation.ts";

export interface CreateRequest {
  readonly model: string;
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
  /** Models that are passed through without checking their fields. */
  readonly extraModels: readonly string[];
  /** What to do with unknown fields. Defaults to `strict`. */
  readonly handling?: Handling;
}

export type ParsedCreateRequest =
  | { readonly valid: true; readonly value: CreateRequest }
  | { readonly valid: false; readonly errors: readonly FieldError[] };

/** @returns the request, or every field that is wrong. */
export function parseCreateRequest(
  body: unknown,
  { urls, extraModels, handling = "strict" }: CreateRequestRules,
): ParsedCreateRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { valid: false, errors: [{ pointer: "", message: "must be a JSON object" }] };
  }
  const id = "model" in body ? body.model : DEFAULT_MODEL;
  const model = typeof id === "string" ? findModel(id, { extraModels, allowLocal: urls.allowLocal, handling }) : null;
  const schema = model === null ? unknownModelSchema(urls) : cachedSchema(model, urls, handling);
  const checked = check(schema, body);
  const request = split(checked.data ?? body);
  const prepared = prepareInput(request.input);
  const errors = [
    ...(model === null ? [unknownModel(extraModels)] : []),
    ...checked.errors,
    ...errorsAcrossFields(request, prepared),
  ];
  if (model === null || errors.length > 0) return { valid: false, errors };
  const { input, webhooks, webhook_url, metadata = {}, retention_days = null } = request;
  const wanted = webhooks ?? (webhook_url === undefined ? [] : [{ url: webhook_url }]);
  return {
    valid: true,
    value: {
      model: model.id,
      input,
      prepared,
      metadata,
      retentionDays: retention_days,
      webhooks: wanted.map(({ url, events = TERMINAL_EVENTS }) => ({ url, events })),
    },
  };
}

function unknownModel(extraModels: readonly string[]): FieldError {
  const known = [...MODELS.map(({ id }) => id), ...extraModels];
  return { pointer: "/model", message: `must be one of ${known.join(", ")}` };
}

type CommonFields = z.output<z.ZodMiniObject<ReturnType<typeof commonFields>>>;

/** Separates Reelhook's fields from the model's. */
function split(body: object): Omit<CommonFields, "model"> & { readonly input: JsonObject } {
  const { model: _, webhooks, webhook_url, metadata, retention_days, ...input } = body as CommonFields & JsonObject;
  return { webhooks, webhook_url, metadata, retention_days, input };
}

function errorsAcrossFields(
  { webhooks, webhook_url }: Omit<CommonFields, "model">,
  prepared: PreparedInput,
): FieldError[] {
  const errors: FieldError[] = [];
  if (webhooks !== undefined && webhook_url !== undefined) {
    errors.push({ pointer: "/webhook_url", message: "must not be combined with webhooks" });
  }
  if (prepared.isTooLong) {
    errors.push({ pointer: "", message: TOO_LONG });
  }
  return errors;
}

/** Building a schema takes longer than checking a request with it, and the URL rules rarely change. */
const lastSchemas = new WeakMap<Model, { readonly rules: string; readonly schema: z.ZodMiniType<object> }>();

function cachedSchema(model: Model, urls: UrlRules, handling: Handling): z.ZodMiniType<object> {
  const rules = JSON.stringify(urls);
  const last = lastSchemas.get(model);
  if (last?.rules === rules) return last.schema;
  const schema = modelSchema(model, webhookUrlRules(urls), handling);
  lastSchemas.set(model, { rules, schema });
  return schema;
}

function modelSchema({ id, fields }: Model, rules: WebhookUrlRules, handling: Handling) {
  const model = id === DEFAULT_MODEL ? z.optional(z.literal(id)) : z.literal(id);
  const common = { ...commonFields(rules), model };
  return fields === null ? z.looseObject(common) : objectOf({ ...fields, ...common }, handling);
}

/** Finds the other errors in a request whose model is unknown. */
function unknownModelSchema(urls: UrlRules) {
  return z.looseObject({ ...commonFields(webhookUrlRules(urls)), model: z.unknown() });
}

/**
 * A request for any model, for the description of the API.
 *
 * @param extraModels ids of models whose fields are unknown.
 */
export function createRequestSchema(rules: WebhookUrlRules, extraModels: readonly string[]) {
  return describedRequest("CreateRequest", "strict", rules, extraModels);
}

/** The same schema for the drop-in, which passes unknown fields on. */
export function dropInRequestSchema(rules: WebhookUrlRules, extraModels: readonly string[]) {
  return describedRequest("DropInRequest", "lenient", rules, extraModels);
}

function describedRequest(name: string, handling: Handling, rules: WebhookUrlRules, extraModels: readonly string[]) {
  const ofModels: z.ZodMiniType[] = modelsFor({ allowLocal: false, handling }).map((model) =>
    modelSchema(model, rules, handling).register(z.globalRegistry, { id: `${name}_${model.id.replace(/\W/g, "_")}` }),
  );
  if (extraModels.length > 0) {
    const extra = z.looseObject({ ...commonFields(rules), model: z.enum(extraModels) });
    ofModels.push(extra.register(z.globalRegistry, { id: `${name}OfExtraModel` }));
  }
  return z.union(ofModels).register(z.globalRegistry, { id: name });
}
