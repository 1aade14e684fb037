// Finds the model of a generation request, and checks the request with the model's newest schema.

import { type FoundModel, type Models, unlistedModel } from "../catalogue/models.ts";
import type { FieldError } from "../contract/problem.ts";
import type { Scope } from "../core/scope.ts";
import {
  type CreateRequest,
  type CreateRequestRules,
  isOurField,
  type ParsedCreateRequest,
  parseCreateRequest,
  requestedModel,
} from "./create-request.ts";

type Rules = Omit<CreateRequestRules, "found">;

interface Catalogue {
  readonly models: Models;
  /** The `waitEnd` of this request. */
  readonly until: number;
}

/** The model that the body names. Null if the body or the name is malformed. */
export async function findModel(
  body: unknown,
  { mode }: Scope,
  { models, until }: Catalogue,
): Promise<FoundModel | null> {
  const name = requestedModel(body);
  const found = name === null ? null : await models.find(name, until);
  // A built-in model never needs the catalogue, but its retirement is announced there.
  if (mode === "live") models.refresh();
  return found;
}

/** Checks the body. If the model's schema refuses it, asks for a newer schema and tries once more. */
export async function parse(
  body: unknown,
  found: FoundModel | null,
  { urls, handling }: Rules,
  { models, until }: Catalogue,
): Promise<ParsedCreateRequest> {
  const parsed = parseCreateRequest(body, { urls, found, handling });
  if (parsed.valid || found?.kind !== "found" || !parsed.errors.some(isOfModel)) return parsed;
  const newer = await models.newer(found.model, until);
  return newer === null ? parsed : parseCreateRequest(body, { urls, found: { kind: "found", model: newer }, handling });
}

/** Whether the model's schema decides about this field. */
function isOfModel({ pointer }: FieldError): boolean {
  return !isOurField(pointer.split("/")[1] ?? "");
}

/**
 * The request, checked by Reelhook's own rules only. It may have been accepted before its model's schema changed or the model
 * left the catalogue. Null if these rules refuse it.
 */
export function withoutSchema(
  body: unknown,
  found: FoundModel | null,
  { urls, handling }: Rules,
): CreateRequest | null {
  const id = found?.kind === "found" ? found.model.id : requestedModel(body);
  if (id === null) return null;
  const parsed = parseCreateRequest(body, { urls, found: { kind: "found", model: unlistedModel(id) }, handling });
  return parsed.valid ? parsed.value : null;
}
