// /v1/webhook-endpoints: webhooks that hear of every generation in the scope.

import type { Context } from "hono";
import type { CertificateRefused, EncodedSecret } from "../account/results.ts";
import { newEndpointId } from "../contract/ids.ts";
import type { Json } from "../contract/json.ts";
import {
  endpointChangeSchema,
  endpointCreateSchema,
  endpointDeliveryListQuerySchema,
  recoveryRequestSchema,
} from "../contract/requests.ts";
import type { EndpointList, EndpointView } from "../contract/webhook-endpoints.ts";
import { TERMINAL_EVENTS } from "../contract/words.ts";
import { iso } from "../core/times.ts";
import { endpointSecret } from "../core/webhooks/endpoint-view.ts";
import type { AppEnv } from "./app-env.ts";
import { repeated } from "./error-limits.ts";
import { positionOf } from "./positions.ts";
import { invalidRequest, Problem } from "./problem.ts";
import { tooManyResends } from "./rate-limit.ts";
import { endpointWithoutSecrets } from "./read-only.ts";
import { pathParameter, route, sendJson } from "./route.ts";
import { readBody, readQuery } from "./validation.ts";

const PATH = "/v1/webhook-endpoints";

const createWebhookEndpoint = route({ method: "post", path: PATH }, async (c) => {
  const request = await readBody(c, endpointCreateSchema);
  const { url, events = TERMINAL_EVENTS, description = "", headers = {}, client_certificate = false } = request;
  const fields = { url, events, description, headers, clientCertificate: client_certificate };
  const id = newEndpointId();
  const { enabled = true } = request;
  const result = await c.get("gateways").webhookEndpoints.create(c.get("scope"), id, fields, enabled);
  switch (result.kind) {
    case "created":
      return sendJson(c, result.json, 201, { location: `${PATH}/${id}` });
    case "limit_reached": {
      const message = `The limit of ${result.limit} endpoints is reached.`;
      throw new Problem("invalid_request", message, { errors: [{ pointer: "", message }] });
    }
    case "certificate_refused":
      throw certificateRefused(result);
  }
});

const listWebhookEndpoints = route({ method: "get", path: PATH }, async (c) => {
  const list = await c.get("gateways").webhookEndpoints.list(c.get("scope"));
  if (!c.get("isReadOnly")) return sendJson(c, list);
  const { data, ...others } = JSON.parse(list) as EndpointList;
  return c.json({ ...others, data: data.map(endpointWithoutSecrets) });
});

const getWebhookEndpoint = route({ method: "get", path: `${PATH}/{id}` }, async (c) => {
  const json = await c.get("gateways").webhookEndpoints.read(...addressOf(c));
  if (json === null || !c.get("isReadOnly")) return sendFound(c, json);
  return c.json(endpointWithoutSecrets(JSON.parse(json) as EndpointView));
});

const changeWebhookEndpoint = route({ method: "patch", path: `${PATH}/{id}` }, async (c) => {
  const { client_certificate: clientCertificate, ...others } = await readBody(c, endpointChangeSchema);
  const change = { ...others, clientCertificate };
  const result = await c.get("gateways").webhookEndpoints.change(...addressOf(c), change);
  if (result?.kind === "certificate_refused") throw certificateRefused(result);
  return sendFound(c, result?.json ?? null);
});

const deleteWebhookEndpoint = route({ method: "delete", path: `${PATH}/{id}` }, async (c) => {
  if (!(await c.get("gateways").webhookEndpoints.remove(...addressOf(c)))) throw noEndpoint(c);
  return c.body(null, 204);
});

const getEndpointSecret = route({ method: "get", path: `${PATH}/{id}/secret`, isSecret: true }, async (c) =>
  sendSecret(c, await c.get("gateways").webhookEndpoints.secret(...addressOf(c))),
);

const rotateEndpointSecret = route({ method: "post", path: `${PATH}/{id}/rotate-secret` }, async (c) =>
  sendSecret(c, await c.get("gateways").webhookEndpoints.rotate(...addressOf(c))),
);

const testWebhookEndpoint = route({ method: "post", path: `${PATH}/{id}/test` }, async (c) => {
  const { origin } = new URL(c.req.url);
  const result = await c.get("gateways").webhookEndpoints.test(...addressOf(c), origin);
  switch (result.kind) {
    case "sent":
      return sendJson(c, result.json, 202);
    case "limited":
      throw tooManyResends(result.waitMs);
    case "not_found":
      throw noEndpoint(c);
  }
});

const listEndpointDeliveries = route({ method: "get", path: `${PATH}/{id}/deliveries` }, async (c) => {
  const { cursor, ...filter } = readQuery(c, endpointDeliveryListQuerySchema);
  const query = { ...filter, after: positionOf(cursor, "msg") };
  return sendFound(c, await c.get("gateways").webhookEndpoints.deliveries(...addressOf(c), query));
});

const recoverWebhookEndpoint = route({ method: "post", path: `${PATH}/{id}/recover` }, async (c) => {
  const { since, dry_run: isDryRun = false } = await readBody(c, () => recoveryRequestSchema);
  const [scope, id] = addressOf(c);
  const result = await c.get("gateways").webhookEndpoints.recover(scope, id, Date.parse(since), isDryRun);
  switch (result.kind) {
    case "started":
    case "counted": {
      const { matching } = result;
      return c.json({ object: "recovery", endpoint_id: id, since: iso(Date.parse(since)), matching }, 202);
    }
    case "limited":
      throw tooManyResends(result.waitMs);
    case "not_found":
      throw noEndpoint(c);
  }
});

export const webhookEndpointRoutes = [
  createWebhookEndpoint,
  listWebhookEndpoints,
  getWebhookEndpoint,
  changeWebhookEndpoint,
  deleteWebhookEndpoint,
  getEndpointSecret,
  rotateEndpointSecret,
  testWebhookEndpoint,
  listEndpointDeliveries,
  recoverWebhookEndpoint,
];

function addressOf(c: Context<AppEnv>) {
  return [c.get("scope"), pathParameter(c, "id")] as const;
}

function sendFound(c: Context<AppEnv>, json: Json<object> | null): Response {
  if (json === null) throw noEndpoint(c);
  return sendJson(c, json);
}

function sendSecret(c: Context<AppEnv>, secret: EncodedSecret | null): Response {
  if (secret === null) throw noEndpoint(c);
  return c.json({ secret: endpointSecret(secret.base64) });
}

const CERTIFICATE_REFUSED = {
  client_certificate:
    "must be false for this url, unless the operator of this deployment adds its host to WEBHOOK_CERTIFICATE_HOSTS",
  url: "must be on a host that the operator lists in WEBHOOK_CERTIFICATE_HOSTS, while client_certificate is true",
};

function certificateRefused({ field }: CertificateRefused): Problem {
  return invalidRequest([{ pointer: `/${field}`, message: CERTIFICATE_REFUSED[field] }]);
}

function noEndpoint(c: Context<AppEnv>): Problem {
  return new Problem("not_found", `There is no webhook endpoint ${repeated(pathParameter(c, "id"))}.`);
}
