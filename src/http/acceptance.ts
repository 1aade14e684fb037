// Accepts a generation: validates the request, reserves a place and the estimate, stages a large input in R2, and
// creates the generation. Independent of Hono: every refusal is a value (`Acceptance`), which generations.ts turns into
// an answer.

import type { FoundModel } from "../catalogue/models.ts";
import type { Config } from "../config.ts";
import { generationIdFor, newGenerationId } from "../contract/ids.ts";
import type { FieldError } from "../contract/problem.ts";
import type { ProblemCode } from "../contract/problems.ts";
import type { ErrorCode, SandboxScript } from "../contract/words.ts";
import type { Facts } from "../core/generation/record.ts";
import { nearRetirement } from "../core/models/retirement.ts";
import { DAY_MS } from "../core/money/days.ts";
import { estimateOf } from "../core/money/estimate.ts";
import type { Scope } from "../core/scope.ts";
import type { UrlRules } from "../core/webhooks/url-rules.ts";
import type { CreateResult, ShownGeneration } from "../generation/results.ts";
import type { Gateways } from "./app-env.ts";
import type { CreateRequest } from "./create-request.ts";
import type { Handling } from "./handling.ts";
import { findModel, parse, withoutSchema } from "./model-schemas.ts";
import { fingerprintOf } from "./prepared-input.ts";
import { limitsIn, type NoReservation, orRelease, type Reserved, release, reserve } from "./reservation.ts";

export interface AcceptanceRequest {
  /** Reads the JSON body and passes it to `use`, whose result must not refer to it. */
  withBody<T>(use: (body: unknown) => Promise<T>): Promise<T>;
  readonly handling: Handling;
  readonly idempotencyKey: string | null;
  /** The sandbox's script from `Reelhook-Simulate`; null if the request has none. */
  readonly simulate: SandboxScript | null;
  readonly scope: Scope;
  /** Id of the HTTP request. */
  readonly requestId: string;
  /** Base of links to this Worker. */
  readonly publicUrl: string;
  readonly urls: UrlRules;
}

export interface AcceptanceDeps extends Pick<Gateways, "generations" | "index" | "inputs" | "models" | "clock"> {
  readonly config: Config;
}

type Refusal =
  | { readonly kind: "invalid"; readonly errors: readonly FieldError[] }
  | { readonly kind: "provider_not_configured" }
  | NoReservation;

export type Acceptance =
  | {
      readonly kind: "accepted";
      readonly id: string;
      readonly generation: ShownGeneration;
      readonly isReplayed: boolean;
    }
  | Refusal
  /** The idempotency key was used for a different request. */
  | { readonly kind: "mismatch" }
  /** The idempotency key belongs to a deleted generation. */
  | { readonly kind: "deleted" };

export async function acceptGeneration(asked: AcceptanceRequest, deps: AcceptanceDeps): Promise<Acceptance> {
  const admission = await asked.withBody((body) => admit(body, asked, deps));
  // The body's memory is free now, so it is not held while the provider takes seconds to answer.
  switch (admission.kind) {
    case "admitted":
      return create(admission, deps);
    case "retry": {
      const { facts, otherwise } = admission;
      // Null if its generation was deleted 24 hours ago and has just been forgotten.
      const result = await deps.generations.repeat(facts);
      if (otherwise !== null && (result === null || result.kind === "mismatch")) return otherwise;
      return result === null ? { kind: "deleted" } : acceptanceOf(facts, result);
    }
    default:
      return admission;
  }
}

async function create({ facts, takeBy, stagedKey }: Admitted, deps: AcceptanceDeps): Promise<Acceptance> {
  const result = await orRelease(deps.generations.create(facts, stagedKey, takeBy), facts, deps);
  if (result.kind !== "created") await release(facts, deps);
  const isRefused = result.kind === "mismatch" || result.kind === "deleted";
  if (isRefused && stagedKey !== null) await deps.inputs.delete(stagedKey);
  return acceptanceOf(facts, result);
}

function acceptanceOf({ id }: Facts, result: CreateResult): Acceptance {
  if (result.kind === "mismatch" || result.kind === "deleted") return result;
  return { kind: "accepted", id, generation: result.generation, isReplayed: result.kind === "replayed" };
}

/** A request that has reserved all that it needs, and staged a large input. */
interface Admitted extends Pick<Reserved, "facts" | "takeBy"> {
  readonly kind: "admitted";
  /** Key of the staged input; null if the facts include all of it. */
  readonly stagedKey: string | null;
}

/**
 * A request whose idempotency key is taken. It must not create a generation: it has reserved nothing, and its retention
 * may exceed the limit, which the operator can have lowered since.
 */
interface Retry {
  readonly kind: "retry";
  readonly facts: Facts;
  /** The answer if the key was used for a different request. Null: a mismatch. */
  readonly otherwise: Refusal | null;
}

/** Does everything that needs the body. */
async function admit(
  body: unknown,
  asked: AcceptanceRequest,
  deps: AcceptanceDeps,
): Promise<Admitted | Retry | Refusal> {
  const { config, inputs } = deps;
  const catalogue = { models: deps.models, until: deps.models.waitEnd() };
  const found = await findModel(body, asked.scope, catalogue);
  const parsed = await parse(body, found, asked, catalogue);
  const retention = retentionErrors(body, config.retentionDays);
  if (!parsed.valid) {
    const others =
      retention.length === 0 ? parsed.errors : parsed.errors.filter(({ pointer }) => pointer !== RETENTION);
    const otherwise = { kind: "invalid", errors: [...others, ...retention] } as const;
    const request = await earlier(body, found, asked, deps);
    return request === null ? otherwise : { kind: "retry", facts: await factsOf(request, asked, deps), otherwise };
  }
  const limits = limitsIn(config, asked.scope);
  // Checked only if it matters, because it calls the generation's object.
  const isRetry = (retention.length > 0 || limits !== null) && (await isKeyTaken(asked, deps));
  if (retention.length > 0 && !isRetry) return { kind: "invalid", errors: retention };
  if (asked.scope.mode === "live" && config.aimlapiKey === null) return { kind: "provider_not_configured" };
  const { model, input, prepared } = parsed.value;
  const requested = await factsOf(parsed.value, asked, deps);
  if (isRetry) return { kind: "retry", facts: requested, otherwise: null };
  const pricing = await deps.models.pricing(model, limits?.budget == null ? null : catalogue.until);
  const estimate = estimateOf(pricing, model.inputSchema, input);
  const priced = estimate === null ? requested : { ...requested, estimate };
  const reservation = await reserve(priced, limits, deps);
  if (reservation.kind !== "reserved") return reservation;
  const { facts, takeBy } = reservation;
  const stagedKey = prepared.hasDataUris
    ? await orRelease(inputs.put(facts, { model: model.id, ...input }), facts, deps)
    : null;
  return { kind: "admitted", facts, takeBy, stagedKey };
}

/** The refused request if it may be a retry of one that was accepted before its model changed; otherwise null. */
async function earlier(
  body: unknown,
  found: FoundModel | null,
  asked: AcceptanceRequest,
  deps: AcceptanceDeps,
): Promise<CreateRequest | null> {
  const request = asked.idempotencyKey === null ? null : withoutSchema(body, found, asked);
  return request !== null && (await isKeyTaken(asked, deps)) ? request : null;
}

const RETENTION = "/retention_days";

/** @param most RETENTION_DAYS; 0 means that there is no limit. */
function retentionErrors(body: unknown, most: number): FieldError[] {
  const days = typeof body === "object" && body !== null && "retention_days" in body ? body.retention_days : undefined;
  if (typeof days !== "number" || most === 0 || (days > 0 && days <= most)) return [];
  return [{ pointer: RETENTION, message: `must be more than 0 and at most ${most}, the limit of this deployment` }];
}

async function isKeyTaken(
  { scope, idempotencyKey }: AcceptanceRequest,
  { generations }: AcceptanceDeps,
): Promise<boolean> {
  return idempotencyKey !== null && generations.wasMade(await generationIdFor(scope, idempotencyKey));
}

async function factsOf(request: CreateRequest, asked: AcceptanceRequest, deps: AcceptanceDeps): Promise<Facts> {
  const { config, clock } = deps;
  const { scope, idempotencyKey, simulate } = asked;
  const now = clock.now();
  const retirement = nearRetirement(request.model.retirement, now);
  return {
    id: idempotencyKey === null ? newGenerationId() : await generationIdFor(scope, idempotencyKey),
    scope,
    provider: scope.mode === "test" ? "sandbox" : "aimlapi",
    model: request.model.id,
    path: request.model.path,
    ...(retirement === null ? {} : { retirement }),
    ...(simulate === null ? {} : { simulate }),
    input: request.prepared.shortened,
    metadata: request.metadata,
    webhooks: request.webhooks,
    policy: {
      pollIntervalMs: config.pollIntervalMs,
      timeoutMs: config.timeoutMs,
      queueTimeoutMs: config.queueTimeoutMs,
      retryDelaysMs: config.retryDelaysMs,
      maxVideoBytes: config.maxVideoBytes,
      linkTtlMs: config.linkTtlMs,
      retentionMs: retentionMs(request.retentionDays ?? config.retentionDays),
    },
    publicUrl: asked.publicUrl,
    createdAt: now,
    fingerprint: await fingerprintOf({ ...request, model: request.model.id, simulate }),
    createdBy: asked.requestId,
  };
}

/** Null means forever, as 0 days do. */
function retentionMs(days: number): number | null {
  return days === 0 ? null : Math.round(days * DAY_MS);
}

/** Errors of the provider that are answered with a problem instead of `202`. Replays get the same problem. */
const REFUSALS: { readonly [C in ErrorCode]?: ProblemCode } = {
  invalid_input: "invalid_input",
  moderated: "invalid_input",
  insufficient_credits: "insufficient_credits",
  provider_unauthorized: "provider_unauthorized",
};

/** The problem that the provider's refusal is answered with; null if the generation was not refused. */
export function refusalOf({
  refusal,
}: ShownGeneration): { readonly code: ProblemCode; readonly message: string } | null {
  const code = refusal === null ? undefined : REFUSALS[refusal.code];
  return refusal === null || code === undefined ? null : { code, message: refusal.message };
}
