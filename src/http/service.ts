// The health of the deployment, and the description of its API.

import type { Context } from "hono";
import { healthSchema } from "../contract/service.ts";
import { VERSION } from "../contract/version.ts";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";
import { route } from "./route.ts";

const getHealth = route(
  {
    id: "getHealth",
    method: "get",
    path: "/healthz",
    summary: "Check whether this deployment is set up",
    tag: "Service",
    access: "public",
    answers: {
      200: { description: "The deployment is set up.", body: healthSchema },
      503: { description: "Settings are missing or invalid; `problems` names them.", body: healthSchema },
    },
    problems: ["method_not_allowed"],
  },
  async (c) => {
    const bindings = (["GENERATIONS", "ACCOUNTS", "CATALOGUE", "KEYS", "QUEUES", "VIDEOS"] as const).filter(
      (name) => c.env[name] === undefined,
    );
    const missing = bindings.map((setting) => ({ setting, message: "is not bound; see wrangler.toml" }));
    const problems = [...c.get("config").problems, ...missing];
    const live = c.get("config").aimlapiKey === null ? "provider_not_configured" : "ready";
    if (problems.length === 0) return c.json({ status: "ok", version: VERSION, live, ...(await noKeysYet(c)) });
    return c.json({ status: "misconfigured", version: VERSION, problems }, 503);
  },
);

const getOpenApi = route(
  {
    id: "getOpenApi",
    method: "get",
    path: "/openapi.json",
    summary: "Read this description",
    tag: "Service",
    access: "public",
    answers: { 200: { description: "OpenAPI 3.1.", type: "application/json" } },
    problems: ["method_not_allowed"],
  },
  async (c) => {
    const headers = {
      "content-type": "application/json",
      "cache-control": "public, max-age=3600",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    };
    return new Response((await readAsset(c, "/openapi.json")).body, { headers });
  },
);

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
