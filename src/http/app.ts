// The HTTP side: the middleware that every request passes, and the routes behind it.

import type { Context, Hono, MiddlewareHandler } from "hono";
import { HonoBase } from "hono/hono-base";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { configOf } from "../config.ts";
import { LOOP_HEADER } from "../webhooks/headers.ts";
import type { AppEnv, Bindings, Gateways } from "./app-env.ts";
import { administrator, authenticated } from "./auth.ts";
import { addDevInbox } from "./dev-inbox.ts";
import { answerProviderError, isDropIn } from "./drop-in.ts";
import { repeated } from "./error-limits.ts";
import { requireHttps } from "./https.ts";
import { addPages } from "./pages.ts";
import { answerProblem, invalidRequest, Problem } from "./problem.ts";
import { limited } from "./rate-limit.ts";
import { onlyReading } from "./read-only.ts";
import { addRoutes, type Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { addVideoLinks } from "./video.ts";

/** @param gatewaysOf makes the gateways from what the platform binds; the composition root provides it. */
export function createApp<E extends Bindings>(gatewaysOf: (env: E) => Gateways): Hono<AppEnv> {
  // Hono's default brings a second router, for kinds of paths that there are none of here.
  const app = new HonoBase<AppEnv>({ router: new RegExpRouter() });
  app.use(describeRequest((env) => gatewaysOf(env as E)));
  app.onError((error, c) => {
    if (error instanceof Problem) return answer(c, error);
    c.get("gateways").log.error("request.crashed", { request_id: c.get("requestId") }, error);
    return answer(c, new Problem("internal", "An unexpected error occurred. It is logged under this request id."));
  });
  app.notFound((c) => answer(c, new Problem("not_found", `There is no ${repeated(c.req.path)} here.`)));
  app.use(requireHttps());
  app.use(refuseDeliveries());
  addPages(app);
  addDevInbox(app, requireConfig());
  for (const path of ["/v1/*", "/v2/*", "/.well-known/*"]) app.use(path, requireConfig());
  app.use("/.well-known/*", limited());
  addVideoLinks(app);
  addRoutes(app, ROUTES.filter(isPublic));
  app.use("/v1/api-keys/*", administrator(), limited());
  addRoutes(app, ROUTES.filter(isForAdministrator));
  app.all("/v1/api-keys/*", (c) => c.notFound());
  for (const path of ["/v1/*", "/v2/*"]) app.use(path, authenticated(), limited(), onlyReading());
  addRoutes(
    app,
    ROUTES.filter((route) => !isPublic(route) && !isForAdministrator(route)),
  );
  return app;
}

function isPublic({ access }: Route): boolean {
  return access === "public";
}

function isForAdministrator({ access }: Route): boolean {
  return access === "admin_key";
}

/** Drop-in paths answer problems in the provider's shape, all others in ours. */
function answer(c: Context<AppEnv>, problem: Problem): Response {
  c.set("problem", problem.code);
  return isDropIn(c.req.path) ? answerProviderError(c, problem) : answerProblem(c, problem);
}

/** Defaults that a handler may override: answers are private data, and never a page. */
const SAFE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** Sets what handlers read from their context, and logs one line a request, without query or body. */
function describeRequest(gatewaysOf: (env: Bindings) => Gateways): MiddlewareHandler<AppEnv> {
  return async function describeRequest(c, next) {
    const gateways = gatewaysOf(c.env);
    const startedAt = gateways.clock.now();
    const requestId = crypto.randomUUID();
    c.set("requestId", requestId);
    c.set("gateways", gateways);
    c.set("config", configOf(c.env));
    await next();
    // Cheaper than `c.header`, which copies the response each time.
    const { headers } = c.res;
    for (const [name, value] of Object.entries(SAFE_HEADERS)) if (!headers.has(name)) headers.set(name, value);
    headers.set("x-request-id", requestId);
    const { method } = c.req;
    const path = withoutSecret(repeated(c.req.path));
    const ms = gateways.clock.now() - startedAt;
    const code = c.get("problem");
    const reason = code === undefined ? {} : { code };
    gateways.log.info("request", { request_id: requestId, method, path, status: c.res.status, ...reason, ms });
  };
}

/** An address of webhook keys is a secret, and somebody may name an API key by its text instead of its id. */
function withoutSecret(path: string): string {
  return path.replace(/^(\/\.well-known\/webhook-keys\/|\/v1\/api-keys\/(?!key_[0-9a-z]{26}$)).+/, "$1…");
}

/** A webhook URL can point back here under a host name that this Worker does not know, and would loop. */
function refuseDeliveries(): MiddlewareHandler<AppEnv> {
  return async function refuseDeliveries(c, next) {
    if (c.req.header(LOOP_HEADER) !== undefined) {
      throw invalidRequest([
        { pointer: "", message: "is a webhook delivery from Reelhook, which must not call itself" },
      ]);
    }
    await next();
  };
}

/** An invalid setting stops new requests. Generations that were accepted before continue. */
function requireConfig(): MiddlewareHandler<AppEnv> {
  return async function requireConfig(c, next) {
    const { problems } = c.get("config");
    if (problems.length > 0) {
      const settings = problems.map(({ setting }) => setting).join(", ");
      c.get("gateways").log.info("misconfigured", { settings });
      throw new Problem("misconfigured", "A setting of this service is missing or invalid. /healthz names it.");
    }
    await next();
  };
}
