// /v1/webhook-endpoints: the scope's standing webhooks.

import { type Context, Hono } from "hono";
import { newEndpointId } from "../contract/ids.ts";
import { TERMINAL_EVENTS } from "../core/webhooks/events.ts";
import type { AppEnv } from "./app-env.ts";
import { readJson } from "./body.ts";
import { methodNotAllowed } from "./methods.ts";
import { urlRulesOf } from "./origins.ts";
import { invalidRequest, Problem } from "./problem.ts";
import { endpointFields, recoveryRequest } from "./requests.ts";
import { parseOrRefuse } from "./schemas.ts";

const PATH = "/v1/webhook-endpoints";
export function webhookEndpointRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post(PATH, async (c) => {
    const schema = endpointFields(urlRulesOf(c)).partial().required({ url: true });
    const request = parseOrRefuse(schema, await readJson(c.req));
    const { url, events = TERMINAL_EVENTS, description = "", headers = {}, client_certificate = false } = request;
    const fields = { url, events, description, headers, clientCertificate: client_certificate };
    const id = newEndpointId();
    const view = await c.get("gateways").webhookEndpoints.create(c.get("scope"), id, fields, request.enabled ?? true);
    if (view === null) throw invalidRequest([{ pointer: "", message: "would be one endpoint too many: delete one" }]);
    return answer(c, view, 201, { location: `${PATH}/${id}` });
  });
  routes.get(PATH, async (c) => answer(c, await c.get("gateways").webhookEndpoints.list(c.get("scope"))));
  routes.all(PATH, methodNotAllowed("GET", "POST"));

  routes.get(`${PATH}/:id`, async (c) => answer(c, await c.get("gateways").webhookEndpoints.read(...addressOf(c))));
  routes.patch(`${PATH}/:id`, async (c) => {
    const fields = parseOrRefuse(endpointFields(urlRulesOf(c)).partial(), await readJson(c.req));
    const { client_certificate: clientCertificate, ...others } = fields;
    const change = { ...others, clientCertificate };
    return answer(c, await c.get("gateways").webhookEndpoints.change(...addressOf(c), change));
  });
  routes.delete(`${PATH}/:id`, async (c) => {
    if (!(await c.get("gateways").webhookEndpoints.remove(...addressOf(c)))) throw notFound(c);
    return c.body(null, 204);
  });
  routes.all(`${PATH}/:id`, methodNotAllowed("GET", "PATCH", "DELETE"));

  routes.get(`${PATH}/:id/secret`, async (c) => {
    return answerSecret(c, await c.get("gateways").webhookEndpoints.secret(...addressOf(c)));
  });
  routes.all(`${PATH}/:id/secret`, methodNotAllowed("GET"));

  routes.post(`${PATH}/:id/rotate-secret`, async (c) => {
    return answerSecret(c, await c.get("gateways").webhookEndpoints.rotate(...addressOf(c)));
  });
  routes.all(`${PATH}/:id/rotate-secret`, methodNotAllowed("POST"));

  routes.post(`${PATH}/:id/test`, async (c) => {
    const { origin } = new URL(c.req.url);
    return answer(c, await c.get("gateways").webhookEndpoints.test(...addressOf(c), origin), 202);
  });
  routes.all(`${PATH}/:id/test`, methodNotAllowed("POST"));

  routes.post(`${PATH}/:id/recover`, async (c) => {
    const { since } = parseOrRefuse(recoveryRequest, await readJson(c.req));
    const begun = await c.get("gateways").webhookEndpoints.recover(...addressOf(c), Date.parse(since));
    if (!begun) throw notFound(c);
    return c.json({ object: "recovery", endpoint_id: c.req.param("id"), since: new Date(since).toISOString() }, 202);
  });
  routes.all(`${PATH}/:id/recover`, methodNotAllowed("POST"));
  return routes;
}

function addressOf(c: Context<AppEnv>) {
  return [c.get("scope"), c.req.param("id") ?? ""] as const;
}

function answer(
  c: Context<AppEnv>,
  view: string | null,
  status: 200 | 201 | 202 = 200,
  headers: Record<string, string> = {},
): Response {
  if (view === null) throw notFound(c);
  return c.body(view, status, { "content-type": "application/json", ...headers });
}

function answerSecret(c: Context<AppEnv>, secret: string | null): Response {
  if (secret === null) throw notFound(c);
  return c.json({ secret: `whsec_${secret}` });
}

function notFound(c: Context<AppEnv>): Problem {
  return new Problem("not_found", `There is no webhook endpoint ${c.req.param("id")}.`);
}
