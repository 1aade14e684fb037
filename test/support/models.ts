// Models for tests.

import { BUILT_IN_MODELS } from "../../src/catalogue/built-in.ts";
import type { FoundModel, Models } from "../../src/catalogue/models.ts";
import type { ModelDetail } from "../../src/contract/models.ts";
import type { InputSchema } from "../../src/core/models/input-schema.ts";
import { modelWithoutFacts, UNIVERSAL_PATH, type UsableModel } from "../../src/core/models/model.ts";
import { modelDetail } from "../../src/core/models/view.ts";
import { type ParsedCreateRequest, parseCreateRequest, requestedModel } from "../../src/http/create-request.ts";
import type { Handling } from "../../src/http/handling.ts";

export const URLS = { allowLocal: false, ownOrigins: ["https://reelhook.example.org"] };

/** The schema of an object that refuses unknown fields. */
export function closed(properties: Readonly<Record<string, InputSchema>>, more: InputSchema = {}): InputSchema {
  return { type: "object", properties, additionalProperties: false, ...more };
}

/** A model with this schema of its input, and no other facts. */
export function modelWith(inputSchema: InputSchema | null, id = "vendor/model"): UsableModel {
  return { ...modelWithoutFacts(id), path: UNIVERSAL_PATH, inputSchema };
}

/** A model whose videos cost one dollar each. */
export const PRICED = {
  ...modelWith(null, "acme/priced"),
  pricing: { kind: "fixed", units: [{ name: "Video", measure: "video", price: 1, per: 1 }] },
} as const;

/** A model without facts as the API shows it, except for those in `more`. */
export function shownModel(id: string, more: Partial<ModelDetail> = {}): ModelDetail {
  return { ...modelDetail(modelWith(null, id)), ...more };
}

/** The built-in models, and `vendor/new`, whose input is not checked. */
export const KNOWN_MODELS: readonly UsableModel[] = [...BUILT_IN_MODELS, modelWith(null, "vendor/new")];

/** @param newer the answer to `newer`. */
export function fixedModels(
  models: readonly UsableModel[] = KNOWN_MODELS,
  newer: (model: UsableModel) => UsableModel | null = () => null,
): Models {
  return {
    waitEnd: () => 0,
    list: async () => models,
    find: async (name) => findAmong(models, name),
    newer: async (model) => newer(model),
    pricing: async ({ pricing }) => pricing,
    refresh() {},
  };
}

function findAmong(models: readonly UsableModel[], name: string): FoundModel {
  const model = models.find(({ id }) => id === name);
  if (model !== undefined) return { kind: "found", model };
  return { kind: "unknown", nearest: models.map(({ id }) => id).slice(0, 3), problem: null };
}

/** Parses a request for one of the models. */
export function parseRequest(
  body: unknown,
  handling: Handling = "strict",
  models: readonly UsableModel[] = KNOWN_MODELS,
): ParsedCreateRequest {
  const name = requestedModel(body);
  const found = name === null ? null : findAmong(models, name);
  return parseCreateRequest(body, { urls: URLS, found, handling });
}

/** The errors in the input of a model with this schema, by pointer. */
export function errorsIn(schema: InputSchema, input: object, handling: Handling = "strict"): Record<string, string> {
  const parsed = parseRequest({ model: "vendor/model", ...input }, handling, [modelWith(schema)]);
  return parsed.valid ? {} : Object.fromEntries(parsed.errors.map(({ pointer, message }) => [pointer, message]));
}
