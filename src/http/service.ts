// The health of the deployment, and the description of its API.

import type { Context } from "hono";
import { VERSION } from "../contract/version.ts";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";
import { route } from "./route.ts";

const getHealth = route({ method: "get", path: "/healthz", access: "public" }, async (c) => {
  const bindings = (["GENERATIONS", "ACCOUNTS", "CATALOGUE", "KEYS", "QUEUES", "VIDEOS"] as const).filter(
    (name) => c.env[name] === undefined,
  );
  const missing = bindings.map((setting) => ({ setting, message: "is not bound; see wrangler.toml" }));
  const problems = [...c.get("config").problems, ...missing];
  const live = c.get("config").aimlapiKey === null ? "provider_not_configured" : "ready";
  if (problems.length === 0) return c.json({ status: "ok", version: VERSION, live, ...(await noKeysYet(c)) });
  return c.json({ status: "misconfigured", version: VERSION, problems }, 503);
});

const getOpenApi = route({ method: "get", path: "/openapi.json", access: "public" }, async (c) => {
  const headers = {
    "content-type": "application/json",
    "cache-control": "public, max-age=3600",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  };
  return new Response((await readAsset(c, "/openapi.json")).body, { headers });
});

export const serviceRoutes = [getHealth, getOpenApi];

/** Empty if there are API keys, or it is not known. */
async function noKeysYet(c: Context<AppEnv>): Promise<{ api_keys?: "none" }> {
  if (c.get("config").apiKeys.length > 0) return {};
  const accounts = await c.get("gateways").apiKeys.accounts();
  return accounts?.length === 0 ? { api_keys: "none" } : {};
}

async function readAsset(c: Context<AppEnv>, path: string): Promise<Response> {
  const { ASSETS } = c.env;
  if (ASSETS === undefined) throw new Problem("not_found", "Static assets are not bound; see wrangler.toml.");
  const asset = await ASSETS.fetch(new URL(path, c.req.url));
  if (!asset.ok) throw new Problem("not_found", "The description was not built; run `npm run assets`.");
  return asset;
}
