// /v1/generations: create, read, cancel and delete. The list is in generation-list.ts.

import type { Context } from "hono";
import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";
import { GENERATION_ID } from "../contract/ids.ts";
import { MAX_BODY_BYTES } from "../contract/limits.ts";
import { MAX_IDEMPOTENCY_KEY_LENGTH } from "../contract/requests.ts";
import { isTerminalStatus } from "../contract/words.ts";
import type { ShownGeneration } from "../generation/results.ts";
import { type AcceptanceRequest, acceptGeneration, refusalOf } from "./acceptance.ts";
import type { AppEnv } from "./app-env.ts";
import { withJson } from "./body.ts";
import { budgetExceeded } from "./budget-problem.ts";
import { repeated } from "./error-limits.ts";
import { listGenerations } from "./generation-list.ts";
import type { Handling } from "./handling.ts";
import { baseUrlOf, urlRulesOf } from "./origins.ts";
import { readHandling, readWait, readWithin } from "./prefer.ts";
import { invalidRequest, Problem } from "./problem.ts";
import { tooManyInTestMode } from "./rate-limit.ts";
import { retirementHeaders } from "./retirement-headers.ts";
import { pathParameter, route, sendJson } from "./route.ts";
import { readSimulate } from "./simulate.ts";

const PATH = "/v1/generations";

export const idempotencyKey = z.optional(z.string().check(minLength(1), maxLength(MAX_IDEMPOTENCY_KEY_LENGTH)));

const createGeneration = route({ method: "post", path: PATH }, async (c) => {
  const until = readWait(c);
  const { id, generation: created } = await accept(c, readHandling(c));
  const headers = { location: `${PATH}/${id}`, ...retirementHeaders(created.retirement) };
  if (until === null) return sendJson(c, created.json, 202, headers);
  if (isTerminalStatus(created.status)) return sendJson(c, created.json, 200, headers);
  const generation = (await readWithin(c, id, until)) ?? created;
  throwIfRefused(id, generation);
  return sendJson(c, generation.json, isTerminalStatus(generation.status) ? 200 : 202, headers);
});

const getGeneration = route({ method: "get", path: `${PATH}/{id}` }, async (c) => {
  const id = readId(c);
  const generation = await readWithin(c, id, readWait(c));
  if (generation === null) throw noGeneration(id);
  return sendJson(c, generation.json, 200, retirementHeaders(generation.retirement));
});

const deleteGeneration = route({ method: "delete", path: `${PATH}/{id}` }, async (c) => {
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
});

const cancelGeneration = route({ method: "post", path: `${PATH}/{id}/cancel` }, async (c) => {
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
});

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
