// /v1/generations: create, read, cancel and delete. The list is in generation-list.ts.

import type { Context } from "hono";
import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";
import { generationSchema } from "../contract/generation.ts";
import { GENERATION_ID } from "../contract/ids.ts";
import { MAX_BODY_BYTES } from "../contract/limits.ts";
import { MAX_IDEMPOTENCY_KEY_LENGTH } from "../contract/requests.ts";
import { isTerminalStatus } from "../contract/words.ts";
import type { ShownGeneration } from "../generation/results.ts";
import { type AcceptanceRequest, acceptGeneration, refusalOf } from "./acceptance.ts";
import type { AppEnv } from "./app-env.ts";
import { BODY_PROBLEMS, withJson } from "./body.ts";
import { budgetExceeded } from "./budget-problem.ts";
import { createRequestSchema } from "./create-request.ts";
import { repeated } from "./error-limits.ts";
import { listGenerations } from "./generation-list.ts";
import type { Handling } from "./handling.ts";
import { baseUrlOf, urlRulesOf } from "./origins.ts";
import { readHandling, readWait, readWithin } from "./prefer.ts";
import { invalidRequest, Problem } from "./problem.ts";
import { tooManyInTestMode } from "./rate-limit.ts";
import { RETIREMENT_HEADERS, retirementHeaders } from "./retirement-headers.ts";
import { pathParameter, route, sendJson } from "./route.ts";
import { readSimulate, simulate } from "./simulate.ts";

const PATH = "/v1/generations";

export const idempotencyKey = z
  .optional(z.string().check(minLength(1), maxLength(MAX_IDEMPOTENCY_KEY_LENGTH)))
  .register(z.globalRegistry, {
    description: "Requests with the same key and body return the same generation and are billed once.",
  });

const WAIT = "`wait=N`: answer once the generation has ended, or after N seconds (at most 60).";

const prefer = z.optional(z.string()).register(z.globalRegistry, { description: WAIT });

const preferToCreate = z.optional(z.string()).register(z.globalRegistry, {
  description:
    `${WAIT} \`handling=lenient\`: pass on fields that are not in the model's schema, at any depth; known fields are ` +
    "still checked. The default is `handling=strict`. Both can be combined: `wait=60, handling=lenient`.",
});

/** Problems of every operation that accepts a generation. */
export const ACCEPTANCE_PROBLEMS = [
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

const CREATED_HEADERS = ["Location", "Preference-Applied", "Idempotent-Replayed", ...RETIREMENT_HEADERS] as const;

const createGeneration = route(
  {
    id: "createGeneration",
    method: "post",
    path: PATH,
    summary: "Create a generation",
    details:
      "The body has the model's own fields next to those described here. `GET /v1/models/{id}` returns their JSON Schema as " +
      "`input_schema`. While the provider takes no more jobs, the generation waits in line: `queue` is its place, and if the " +
      "provider refuses the input later, `generation.failed` reports it.",
    tag: "Generations",
    headers: z.object({ "Idempotency-Key": idempotencyKey, "Reelhook-Simulate": simulate, Prefer: preferToCreate }),
    body: createRequestSchema,
    answers: {
      200: {
        description: "The generation ended within the requested wait.",
        body: generationSchema,
        headers: CREATED_HEADERS,
      },
      202: { description: "Accepted.", body: generationSchema, headers: CREATED_HEADERS },
    },
    problems: ACCEPTANCE_PROBLEMS,
  },
  async (c) => {
    const until = readWait(c);
    const { id, generation: created } = await accept(c, readHandling(c));
    const headers = { location: `${PATH}/${id}`, ...retirementHeaders(created.retirement) };
    if (until === null) return sendJson(c, created.json, 202, headers);
    if (isTerminalStatus(created.status)) return sendJson(c, created.json, 200, headers);
    const generation = (await readWithin(c, id, until)) ?? created;
    throwIfRefused(id, generation);
    return sendJson(c, generation.json, isTerminalStatus(generation.status) ? 200 : 202, headers);
  },
);

const getGeneration = route(
  {
    id: "getGeneration",
    method: "get",
    path: `${PATH}/{id}`,
    summary: "Read a generation",
    tag: "Generations",
    headers: z.object({ Prefer: prefer }),
    answers: {
      200: { description: "OK", body: generationSchema, headers: ["Preference-Applied", ...RETIREMENT_HEADERS] },
    },
    problems: ["not_found"],
  },
  async (c) => {
    const id = readId(c);
    const generation = await readWithin(c, id, readWait(c));
    if (generation === null) throw noGeneration(id);
    return sendJson(c, generation.json, 200, retirementHeaders(generation.retirement));
  },
);

const deleteGeneration = route(
  {
    id: "deleteGeneration",
    method: "delete",
    path: `${PATH}/{id}`,
    summary: "Delete a generation that has ended, and its video",
    tag: "Generations",
    answers: { 204: { description: "Deleted." } },
    problems: ["not_found", "in_progress"],
  },
  async (c) => {
    const id = readId(c);
    const { kind } = await c.get("gateways").generations.remove(id, c.get("scope"), c.get("requestId"));
    switch (kind) {
      case "removed":
        return c.body(null, 204);
      case "in_progress":
        throw new Problem("in_progress", "Cancel the generation first, or wait until it ends.");
      case "not_found":
        throw noGeneration(id);
    }
  },
);

const cancelGeneration = route(
  {
    id: "cancelGeneration",
    method: "post",
    path: `${PATH}/{id}/cancel`,
    summary: "Cancel a generation; the provider may still bill it",
    tag: "Generations",
    answers: { 200: { description: "OK", body: generationSchema } },
    problems: ["not_found", "already_finished"],
  },
  async (c) => {
    const id = readId(c);
    const result = await c.get("gateways").generations.cancel(id, c.get("scope"));
    switch (result.kind) {
      case "canceled":
        return sendJson(c, result.json);
      case "already_finished":
        throw new Problem("already_finished", `The generation is ${result.status}.`);
      case "not_found":
        throw noGeneration(id);
    }
  },
);

export const generationRoutes = [createGeneration, listGenerations, getGeneration, deleteGeneration, cancelGeneration];

/** Accepts the generation that the request asks for. @throws Problem when it is refused, here or by the provider. */
export async function accept(
  c: Context<AppEnv>,
  handling: Handling,
): Promise<{ readonly id: string; readonly generation: ShownGeneration }> {
  const config = c.get("config");
  const scope = c.get("scope");
  const request: AcceptanceRequest = {
    withBody: (use) => withJson(c.req, { maxBytes: MAX_BODY_BYTES, account: scope.account }, use),
    handling,
    idempotencyKey: readIdempotencyKey(c),
    simulate: readSimulate(c),
    scope,
    requestId: c.get("requestId"),
    publicUrl: baseUrlOf(c),
    urls: urlRulesOf(c),
  };
  const result = await acceptGeneration(request, { config, ...c.get("gateways") });
  switch (result.kind) {
    case "accepted":
      if (result.isReplayed) c.header("idempotent-replayed", "true");
      throwIfRefused(result.id, result.generation);
      return result;
    case "invalid":
      throw invalidRequest(result.errors);
    case "provider_not_configured":
      throw new Problem("provider_not_configured", "AIMLAPI_KEY is not set. API keys that begin with rh_test_ work.");
    case "too_many_in_flight": {
      const detail = `At most ${result.limit} generations may be in flight. Wait until one ends.`;
      const retryAfter = String(Math.ceil(config.pollIntervalMs / 1000));
      throw new Problem("too_many_in_flight", detail, {}, { "retry-after": retryAfter });
    }
    case "over_budget":
      throw budgetExceeded(result.refusal, { now: c.get("gateways").clock.now(), retryMs: config.pollIntervalMs });
    case "too_fast":
      throw tooManyInTestMode(result.waitMs);
    case "mismatch":
      throw new Problem("idempotency_mismatch", "This Idempotency-Key was used for a different request.");
    case "deleted":
      throw new Problem("idempotency_key_deleted", "The generation of this Idempotency-Key was deleted.");
  }
}

function throwIfRefused(id: string, generation: ShownGeneration): void {
  const refusal = refusalOf(generation);
  if (refusal !== null) throw new Problem(refusal.code, repeated(refusal.message), { generation_id: id });
}

function readIdempotencyKey(c: Context<AppEnv>): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  // The runtime replaces bytes that are not UTF-8 with U+FFFD, so different keys could become the same.
  const isUtf8 = !key.includes("\ufffd");
  if (isUtf8 && idempotencyKey.safeParse(key).success) return key;
  const message = isUtf8
    ? `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`
    : "Idempotency-Key must be UTF-8";
  throw new Problem("invalid_request", `${message}.`, { errors: [{ pointer: "", message }] });
}

/** The id in the path. What cannot be an id is not looked up. */
export function readId(c: Context<AppEnv>): string {
  const id = pathParameter(c, "id");
  if (!GENERATION_ID.test(id)) throw noGeneration(id);
  return id;
}

export function noGeneration(id: string): Problem {
  return new Problem("not_found", `There is no generation ${repeated(id)}.`);
}
