// What the operations that create a generation share, the provider's own included.

import * as z from "zod/mini";
import { commonFields, type WebhookUrlRules } from "../../../src/contract/requests.ts";
import { SANDBOX_SCRIPTS } from "../../../src/contract/words.ts";
import { DEFAULT_MODEL } from "../../../src/core/models/model.ts";
import { idempotencyKey } from "../../../src/http/generations.ts";
import { BODY_PROBLEMS } from "../operation.ts";

/** The body for any model. `GET /v1/models/{id}` has the fields of each model. */
export function createRequestSchema(rules: WebhookUrlRules) {
  const model = z.optional(z.string()).register(z.globalRegistry, {
    description: "Id or alias of a model. `GET /v1/models/{id}` returns the fields that it adds.",
    override: { type: "string", default: DEFAULT_MODEL },
  });
  return z.looseObject({ ...commonFields(rules), model }).register(z.globalRegistry, { id: "CreateRequest" });
}

export const creationHeaders = {
  "Idempotency-Key": idempotencyKey.register(z.globalRegistry, {
    description: "Requests with the same key and body return the same generation and are billed once.",
  }),
  "Reelhook-Simulate": z.optional(z.enum(SANDBOX_SCRIPTS)).register(z.globalRegistry, {
    description:
      "Test mode only: simulates an outcome for models without a prompt. The value is the word of a prompt marker, such as " +
      "`fail` for `[fail]`. It takes precedence over markers in the prompt.",
  }),
};

/** Problems of every operation that creates a generation. */
export const CREATION_PROBLEMS = [
  ...BODY_PROBLEMS,
  "invalid_input",
  "insufficient_credits",
  "idempotency_key_deleted",
  "idempotency_mismatch",
  "budget_exceeded",
  "too_many_in_flight",
  "provider_unauthorized",
  "provider_not_configured",
] as const;

/** Of answers about a generation whose model is retired soon or has been. */
export const RETIREMENT_HEADERS = ["Deprecation", "Sunset"] as const;
