// /v1/webhook-secret: what a receiver verifies callbacks with.

import { Hono } from "hono";
import { formatSecret, scopeKeys } from "../webhooks/signature.ts";
import type { AppEnv } from "./app-env.ts";
import { authenticated } from "./auth.ts";
import { methodNotAllowed } from "./methods.ts";

export function webhookSecretRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/v1/webhook-secret", authenticated(), async (c) => {
    const [newest] = await scopeKeys(c.get("config").signingSecrets, c.get("scope"));
    if (newest === undefined) throw new Error("requireConfig let a missing SIGNING_SECRET through");
    return c.json({ secret: formatSecret(newest) });
  });
  routes.all("/v1/webhook-secret", methodNotAllowed("GET"));
  return routes;
}
