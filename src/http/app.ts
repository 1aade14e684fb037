// The HTTP side, put together: what applies to every request, and one file a resource.

import { type Context, Hono, type MiddlewareHandler } from "hono";
import { configOf } from "../config.ts";
import { LOOP_HEADER } from "../webhooks/headers.ts";
import type { AppEnv, Bindings, Gateways } from "./app-env.ts";
import { authenticated } from "./auth.ts";
import { answerProviderError, dropInRoutes, isDropIn } from "./drop-in.ts";
import { eventRoutes } from "./events.ts";
import { generationRoutes } from "./generations.ts";
import { healthRoutes } from "./health.ts";
import { openApiRoutes } from "./openapi.ts";
import { pageRoutes } from "./pages.ts";
import { answerProblem, invalidRequest, Problem } from "./problem.ts";
import { limited } from "./rate-limit.ts";
import { videoLinkRoutes, videoRoutes } from "./videos.ts";
import { webhookEndpointRoutes } from "./webhook-endpoints.ts";
import { webhookSecretRoutes } from "./webhook-secret.ts";

/** @param gatewaysOf the composition root's, which knows all that is bound. */
export function createApp<E extends Bindings>(gatewaysOf: (env: E) => Gateways): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(describeRequest((env) => gatewaysOf(env as E)));
  app.onError((error, c) => {
    if (error instanceof Problem) return answer(c, error);
    c.get("gateways").log.error("request.crashed", { request_id: c.get("requestId") }, error);
    return answer(c, new Problem("internal", "An unexpected error happened; it has been logged under the request id."));
  });
  app.notFound((c) => answer(c, new Problem("not_found", `There is no ${c.req.path} here.`)));
  app.use(refuseDeliveries());
  app.route("/", pageRoutes());
  app.route("/", healthRoutes());
  app.route("/", openApiRoutes());
  for (const path of ["/v1/*", "/v2/*"]) app.use(path, requireConfig());
  app.use("/.well-known/*", requireConfig(), limited());
  app.route("/", videoLinkRoutes());
  for (const path of ["/v1/*", "/v2/*"]) app.use(path, authenticated(), limited());
  app.route("/", videoRoutes());
  app.route("/", generationRoutes());
  app.route("/", eventRoutes());
  app.route("/", dropInRoutes());
  app.route("/", webhookEndpointRoutes());
  app.route("/", webhookSecretRoutes());
  return app;
}

/** In the words of whoever was asked: this API, or the provider's. */
function answer(c: Context<AppEnv>, problem: Problem): Response {
  return isDropIn(c.req.path) ? answerProviderError(c, problem) : answerProblem(c, problem);
}

/** What every answer carries that has not said otherwise: answers are data, for whoever asked, and for nobody else. */
const SAFE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** Gives the request its id and its surroundings, and logs how it went: one line, without query or body. */
function describeRequest(gatewaysOf: (env: Bindings) => Gateways): MiddlewareHandler<AppEnv> {
  return async function describeRequest(c, next) {
    const gateways = gatewaysOf(c.env);
    const startedAt = gateways.clock.now();
    const requestId = crypto.randomUUID();
    c.set("requestId", requestId);
    c.set("gateways", gateways);
    c.set("config", configOf(c.env));
    await next();
    // Not by `c.header`, which makes the answer anew each time.
    const { headers } = c.res;
    for (const [name, value] of Object.entries(SAFE_HEADERS)) if (!headers.has(name)) headers.set(name, value);
    headers.set("x-request-id", requestId);
    const { method } = c.req;
    // That address is known to those only who were told.
    const path = c.req.path.replace(/^(\/\.well-known\/webhook-keys\/).+/, "$1…");
    const ms = gateways.clock.now() - startedAt;
    gateways.log.info("request", { request_id: requestId, method, path, status: c.res.status, ms });
  };
}

/** A webhook can lead back here under a name that this Worker does not know for its own. */
function refuseDeliveries(): MiddlewareHandler<AppEnv> {
  return async function refuseDeliveries(c, next) {
    if (c.req.header(LOOP_HEADER) !== undefined) {
      throw invalidRequest([{ pointer: "", message: "is a delivery of Reelhook itself, which must not call itself" }]);
    }
    await next();
  };
}

/** A bad setting stops new requests here; what was accepted before goes on without this. */
function requireConfig(): MiddlewareHandler<AppEnv> {
  return async function requireConfig(c, next) {
    const { problems } = c.get("config");
    if (problems.length > 0) {
      const settings = problems.map(({ setting }) => setting).join(", ");
      c.get("gateways").log.info("misconfigured", { settings });
      throw new Problem("misconfigured", "A setting of this service is missing or bad; /healthz names it.");
    }
    await next();
  };
}
