// /healthz: whether this deployment is set up, without giving anything away.

import { Hono } from "hono";
import { version } from "../../package.json";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";

export function healthRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/healthz", (c) => {
    const bindings = (["GENERATIONS", "ACCOUNTS", "VIDEOS"] as const).filter((name) => c.env[name] === undefined);
    const missing = bindings.map((setting) => ({ setting, message: "is not bound; see wrangler.toml" }));
    const problems = [...c.get("config").problems, ...missing];
    const live = c.get("config").aimlapiKey === null ? "provider_not_configured" : "ready";
    if (problems.length === 0) return c.json({ status: "ok", version, live });
    return c.json({ status: "misconfigured", version, problems }, 503);
  });
  routes.all("/healthz", methodNotAllowed("GET"));
  return routes;
}
