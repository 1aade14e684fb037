// What it takes to accept a generation: read the request, put large inputs aside, hand it over, and tell the provider's
// refusal at once.

import type { Context } from "hono";
import { generationIdFor, newGenerationId } from "../contract/ids.ts";
import type { Facts } from "../core/generation/record.ts";
import type { GenerationView } from "../core/generation/view.ts";
import type { AppEnv } from "./app-env.ts";
import { dataUrisIn, shortened } from "./data-uris.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { baseUrlOf, urlRulesOf } from "./origins.ts";
import { invalidRequest, Problem } from "./problem.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { type CreateRequest, parseCreateRequest } from "./schemas.ts";

const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The generation that the body asks for, new or replayed. @throws Problem when it is refused, here or by the provider. */
export async function acceptGeneration(c: Context<AppEnv>, body: unknown): Promise<GenerationView> {
  const idempotencyKey = readIdempotencyKey(c);
  const request = readCreateRequest(c, body);
  const facts = await factsOf(c, request, idempotencyKey);
  await reserve(c, facts, idempotencyKey);
  const result = await create(c, facts, request).catch(async (cause) => {
    // It may have come to something all the same: only its object knows.
    const { generations } = c.get("gateways");
    const isThere = await generations.read(facts.id, facts.scope).then(
      (view) => view !== null,
      () => true,
    );
    if (!isThere) await release(c, facts);
    throw cause;
  });
  if (result.kind !== "created") await release(c, facts);
  if (result.kind === "mismatch") {
    throw new Problem("idempotency_mismatch", "This Idempotency-Key was used with another request body.");
  }
  if (result.kind === "deleted") {
    throw new Problem("idempotency_key_deleted", "The generation that this Idempotency-Key made has been deleted.");
  }
  if (result.kind === "replayed") c.header("idempotent-replayed", "true");
  const view: GenerationView = JSON.parse(result.view);
  throwRefusal(view);
  return view;
}

function readCreateRequest(c: Context<AppEnv>, body: unknown): CreateRequest {
  const config = c.get("config");
  const parsed = parseCreateRequest(body, { urls: urlRulesOf(c), extraModels: config.extraModels });
  if (!parsed.valid) throw invalidRequest(parsed.errors);
  if (c.get("scope").mode === "live" && config.aimlapiKey === null) {
    throw new Problem(
      "provider_not_configured",
      "AIMLAPI_KEY is not set. Keys that begin with rh_test_ work without it.",
    );
  }
  return parsed.value;
}

async function factsOf(c: Context<AppEnv>, request: CreateRequest, idempotencyKey: string | null): Promise<Facts> {
  const config = c.get("config");
  const scope = c.get("scope");
  return {
    id: idempotencyKey === null ? newGenerationId() : await generationIdFor(scope, idempotencyKey),
    scope,
    provider: scope.mode === "test" ? "sandbox" : "aimlapi",
    model: request.model,
    input: shortened(request.input),
    metadata: request.metadata,
    webhooks: request.webhooks,
    policy: {
      pollIntervalMs: config.pollIntervalMs,
      timeoutMs: config.timeoutMs,
      retryDelaysMs: config.retryDelaysMs,
      maxVideoBytes: config.maxVideoBytes,
      linkTtlMs: config.linkTtlMs,
      retentionMs: retentionMs(request.retentionDays ?? config.retentionDays),
    },
    publicUrl: baseUrlOf(c),
    createdAt: c.get("gateways").clock.now(),
    fingerprint: await fingerprintOf(request),
    createdBy: c.get("requestId"),
  };
}

/** 0 days are for ever. */
function retentionMs(days: number): number | null {
  return days === 0 ? null : Math.round(days * DAY_MS);
}

/** @throws Problem when too many are in flight; what was made already has its place, or had it. */
async function reserve(c: Context<AppEnv>, { id, scope, createdAt, model }: Facts, idempotencyKey: string | null) {
  const { maxInFlight, pollIntervalMs } = c.get("config");
  if (maxInFlight === 0) return;
  const { generations, index } = c.get("gateways");
  if (idempotencyKey !== null && (await generations.wasMade(id))) return;
  if (await index.reserve(scope, { id, createdAt, model }, maxInFlight)) return;
  const retryAfter = String(Math.ceil(pollIntervalMs / 1000));
  const detail = `At most ${maxInFlight} generations may be in flight; wait for one to end.`;
  throw new Problem("too_many_in_flight", detail, {}, { "retry-after": retryAfter });
}

/** Gives a place back that nothing came of. */
async function release(c: Context<AppEnv>, { id, scope, createdAt }: Facts): Promise<void> {
  if (c.get("config").maxInFlight > 0) await c.get("gateways").index.release(scope, { id, createdAt });
}

/** Puts a large input aside and hands the generation over. */
async function create(c: Context<AppEnv>, facts: Facts, { model, input }: CreateRequest) {
  const { generations, inputs } = c.get("gateways");
  if (dataUrisIn(input).length === 0) return generations.create(facts, null);
  const key = await inputs.put(facts, { model, ...input });
  const result = await generations.create(facts, key);
  if (result.kind === "mismatch" || result.kind === "deleted") await inputs.delete(key);
  return result;
}

/** What the caller is told at once instead of a 202, and again when it replays the same key. */
const REFUSALS: Readonly<Record<string, ProblemCode>> = {
  invalid_input: "invalid_input",
  moderated: "invalid_input",
  insufficient_credits: "insufficient_credits",
  provider_unauthorized: "provider_unauthorized",
};

export function throwRefusal({ id, status, error, submitted_at }: GenerationView): void {
  const code = status === "failed" && submitted_at === null ? REFUSALS[error?.code ?? ""] : undefined;
  if (code !== undefined) throw new Problem(code, error?.message ?? "", { generation_id: id });
}

function readIdempotencyKey(c: Context<AppEnv>): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (key !== "" && key.length <= MAX_IDEMPOTENCY_KEY_LENGTH) return key;
  throw new Problem("invalid_request", `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters.`, {
    errors: [{ pointer: "", message: `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters` }],
  });
}
