// /v1/generations/{id}/deliveries: what webhooks were sent, with every attempt.

import type { Context } from "hono";
import type { DeliveryDetail, DeliveryPage } from "../contract/deliveries.ts";
import { deliveryListQuerySchema } from "../contract/requests.ts";
import type { AppEnv } from "./app-env.ts";
import { repeated } from "./error-limits.ts";
import { noGeneration, readId } from "./generations.ts";
import { positionOf } from "./positions.ts";
import { Problem } from "./problem.ts";
import { tooManyResends } from "./rate-limit.ts";
import { deliveryWithoutSecrets } from "./read-only.ts";
import { pathParameter, route, sendJson } from "./route.ts";
import { readQuery } from "./validation.ts";

const PATH = "/v1/generations/{id}/deliveries";

const listDeliveries = route({ method: "get", path: PATH }, async (c) => {
  const id = readId(c);
  const { limit, cursor } = readQuery(c, deliveryListQuerySchema);
  const page = { limit, after: positionOf(cursor, "msg") };
  const list = await c.get("gateways").generations.deliveries(id, c.get("scope"), page);
  if (list === null) throw noGeneration(id);
  if (!c.get("isReadOnly")) return sendJson(c, list);
  const { data, ...others } = JSON.parse(list) as DeliveryPage;
  return c.json({ ...others, data: data.map(deliveryWithoutSecrets) });
});

const getDelivery = route({ method: "get", path: `${PATH}/{delivery}` }, async (c) => {
  const { id, deliveryId } = readIds(c);
  const delivery = await c.get("gateways").generations.delivery(id, c.get("scope"), deliveryId);
  if (delivery === null) throw noDelivery(deliveryId, id);
  if (!c.get("isReadOnly")) return sendJson(c, delivery);
  return c.json(deliveryWithoutSecrets(JSON.parse(delivery) as DeliveryDetail));
});

const redeliver = route({ method: "post", path: `${PATH}/{delivery}/redeliver` }, async (c) => {
  const { id, deliveryId } = readIds(c);
  const { generations, webhookEndpoints } = c.get("gateways");
  // A delivery that does not exist is 404 even over the limit, and does not count.
  if (!(await generations.hasDelivery(id, c.get("scope"), deliveryId))) throw noDelivery(deliveryId, id);
  const waitMs = await webhookEndpoints.takeResend(c.get("scope"));
  if (waitMs > 0) throw tooManyResends(waitMs);
  const delivery = await generations.redeliver(id, c.get("scope"), deliveryId);
  if (delivery === null) throw noDelivery(deliveryId, id);
  return sendJson(c, delivery, 202);
});

export const deliveryRoutes = [listDeliveries, getDelivery, redeliver];

function readIds(c: Context<AppEnv>) {
  return { id: readId(c), deliveryId: pathParameter(c, "delivery") };
}

function noDelivery(deliveryId: string, id: string): Problem {
  return new Problem("not_found", `There is no delivery ${repeated(deliveryId)} of a generation ${repeated(id)}.`);
}
