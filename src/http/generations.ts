// /v1/generations: accept one, read one.

import { type Context, Hono } from "hono";
import type { Facts } from "../core/generation.ts";
import type { GenerationView } from "../core/view.ts";
import { GENERATION_ID, generationIdFor, newGenerationId } from "../ids.ts";
import { toHex } from "../keys.ts";
import { stagedInputKey } from "../videos/keys.ts";
import type { AppEnv } from "./app-env.ts";
import { readJson } from "./body.ts";
import { holdsDataUri, shortened } from "./data-uris.ts";
import { methodNotAllowed } from "./methods.ts";
import { invalidRequest, Problem, type ProblemCode } from "./problem.ts";
import { type CreateRequest, parseCreateRequest } from "./schemas.ts";

const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

export function generationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/v1/generations", async (c) => {
    const idempotencyKey = readIdempotencyKey(c);
    const request = await readCreateRequest(c);
    const facts = await factsOf(c, request, idempotencyKey);
    const result = await create(c, facts, request);
    if (result.kind === "mismatch") {
      throw new Problem("idempotency_mismatch", "This Idempotency-Key was used with another request body.");
    }
    if (result.kind === "deleted") {
      throw new Problem("idempotency_key_deleted", "The generation that this Idempotency-Key made has been deleted.");
    }
    if (result.kind === "replayed") c.header("idempotent-replayed", "true");
    throwRefusal(JSON.parse(result.view));
    return c.body(result.view, 202, { "content-type": "application/json", location: `/v1/generations/${facts.id}` });
  });
  routes.all("/v1/generations", methodNotAllowed("POST"));

  routes.get("/v1/generations/:id", async (c) => {
    const id = readId(c);
    const view = await c.get("gateways").generations.read(id, c.get("scope"));
    if (view === null) throw notFound(id);
    return c.body(view, 200, { "content-type": "application/json" });
  });

  routes.delete("/v1/generations/:id", async (c) => {
    const id = readId(c);
    const { kind } = await c.get("gateways").generations.remove(id, c.get("scope"), c.get("requestId"));
    if (kind === "not_found") throw notFound(id);
    if (kind === "in_progress") throw new Problem("in_progress", "Cancel it first, or wait for its end.");
    return c.body(null, 204);
  });
  routes.all("/v1/generations/:id", methodNotAllowed("GET", "DELETE"));

  routes.post("/v1/generations/:id/cancel", async (c) => {
    const id = readId(c);
    const result = await c.get("gateways").generations.cancel(id, c.get("scope"));
    if (result.kind === "not_found") throw notFound(id);
    if (result.kind === "already_finished") throw new Problem("already_finished", `It is ${result.status}.`);
    return c.body(result.view, 200, { "content-type": "application/json" });
  });
  routes.all("/v1/generations/:id/cancel", methodNotAllowed("POST"));

  routes.get("/v1/generations/:id/deliveries", async (c) => {
    const id = readId(c);
    const list = await c.get("gateways").generations.deliveries(id, c.get("scope"));
    if (list === null) throw notFound(id);
    return c.body(list, 200, { "content-type": "application/json" });
  });
  routes.all("/v1/generations/:id/deliveries", methodNotAllowed("GET"));

  routes.post("/v1/generations/:id/deliveries/:delivery/redeliver", async (c) => {
    const { id, delivery } = { id: readId(c), delivery: c.req.param("delivery") };
    const again = await c.get("gateways").generations.redeliver(id, c.get("scope"), delivery);
    if (again === null) throw new Problem("not_found", `There is no delivery ${delivery} of a generation ${id}.`);
    return c.body(again, 202, { "content-type": "application/json" });
  });
  routes.all("/v1/generations/:id/deliveries/:delivery/redeliver", methodNotAllowed("POST"));
  return routes;
}

/** The id in the path; what cannot be one is not looked up. */
function readId(c: Context<AppEnv>): string {
  const id = c.req.param("id") ?? "";
  if (!GENERATION_ID.test(id)) throw notFound(id);
  return id;
}

function notFound(id: string): Problem {
  return new Problem("not_found", `There is no generation ${id}.`);
}

async function readCreateRequest(c: Context<AppEnv>): Promise<CreateRequest> {
  const config = c.get("config");
  const origin = new URL(c.req.url).origin;
  const ownOrigins = config.publicUrl === null ? [origin] : [origin, config.publicUrl];
  const parsed = parseCreateRequest(await readJson(c.req), {
    urls: { allowLocal: config.allowLocalUrls, ownOrigins },
    extraModels: config.extraModels,
  });
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
    },
    publicUrl: config.publicUrl ?? new URL(c.req.url).origin,
    createdAt: c.get("gateways").clock.now(),
    fingerprint: await fingerprintOf(request),
    createdBy: c.get("requestId"),
  };
}

/** Puts a large input aside and hands the generation over. */
async function create(c: Context<AppEnv>, facts: Facts, { model, input }: CreateRequest) {
  const { generations, videos } = c.get("gateways");
  if (!holdsDataUri(input)) return generations.create(facts, null);
  const key = stagedInputKey(facts.id, facts.scope, facts.fingerprint);
  await videos.put(key, JSON.stringify({ model, ...input }), { httpMetadata: { contentType: "application/json" } });
  const result = await generations.create(facts, key);
  // What cannot be deleted now goes with the lifecycle rule of its prefix (docs/storage.md).
  if (result.kind === "mismatch" || result.kind === "deleted") await videos.delete(key).catch(() => {});
  return result;
}

/** What the caller is told at once instead of a 202, and again when it replays the same key. */
const REFUSALS: Readonly<Record<string, ProblemCode>> = {
  invalid_input: "invalid_input",
  moderated: "invalid_input",
  insufficient_credits: "insufficient_credits",
  provider_unauthorized: "provider_unauthorized",
};

function throwRefusal({ id, status, error, submitted_at }: GenerationView): void {
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

/** The same for the same request, however its JSON was ordered and spaced. */
async function fingerprintOf(request: CreateRequest): Promise<string> {
  const canonical = JSON.stringify(request, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return toHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical)));
}
