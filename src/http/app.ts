// The HTTP side, put together: what applies to every request, and one file a resource.

import { Hono, type MiddlewareHandler } from "hono";
import { configOf } from "../config.ts";
import type { Env } from "../env.ts";
import type { AppEnv, Gateways } from "./app-env.ts";
import { authenticated } from "./auth.ts";
import { generationRoutes } from "./generations.ts";
import { healthRoutes } from "./health.ts";
import { answerProblem, Problem } from "./problem.ts";
import { videoLinkRoutes, videoRoutes } from "./videos.ts";
import { webhookSecretRoutes } from "./webhook-secret.ts";

export function createApp(gatewaysOf: (env: Env) => Gateways): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(describeRequest(gatewaysOf));
  app.onError((error, c) => {
    if (error instanceof Problem) return answerProblem(c, error);
    c.get("gateways").log.error("request.crashed", { request_id: c.get("requestId") }, error);
    return answerProblem(
      c,
      new Problem("internal", "An unexpected error happened; it has been logged under the request id."),
    );
  });
  app.notFound((c) => answerProblem(c, new Problem("not_found", `There is no ${c.req.path} here.`)));
  app.route("/", healthRoutes());
  app.use("/v1/*", requireConfig());
  app.use("/.well-known/*", requireConfig());
  app.route("/", videoLinkRoutes());
  app.use("/v1/*", authenticated());
  app.route("/", videoRoutes());
  app.route("/", generationRoutes());
  app.route("/", webhookSecretRoutes());
  return app;
}

/** Gives the request its id and its surroundings, and logs how it went: one line, without query or body. */
function describeRequest(gatewaysOf: (env: Env) => Gateways): MiddlewareHandler<AppEnv> {
  return async function describeRequest(c, next) {
    const gateways = gatewaysOf(c.env);
    const startedAt = gateways.clock.now();
    const requestId = crypto.randomUUID();
    c.set("requestId", requestId);
    c.set("gateways", gateways);
    c.set("config", configOf(c.env));
    await next();
    c.header("x-request-id", requestId);
    const { method, path } = c.req;
    const ms = gateways.clock.now() - startedAt;
    gateways.log.info("request", { request_id: requestId, method, path, status: c.res.status, ms });
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
