// /v1/generations/{id}/deliveries: what webhooks were sent, with every attempt.

import type { Context } from "hono";
import { deliveryDetailSchema, deliveryListSchema, deliverySchema } from "../contract/deliveries.ts";
import type { AppEnv } from "./app-env.ts";
import { noGeneration, readId } from "./generations.ts";
import { Problem } from "./problem.ts";
import { pathParameter, route, sendJson } from "./route.ts";

const PATH = "/v1/generations/{id}/deliveries";

const listDeliveries = route(
  {
    id: "listDeliveries",
    method: "get",
    path: PATH,
    summary: "List the deliveries of a generation, with every attempt",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: deliveryListSchema } },
    problems: ["not_found"],
  },
  async (c) => {
    const id = readId(c);
    const list = await c.get("gateways").generations.deliveries(id, c.get("scope"));
    if (list === null) throw noGeneration(id);
    return sendJson(c, list);
  },
);

const getDelivery = route(
  {
    id: "getDelivery",
    method: "get",
    path: `${PATH}/{delivery}`,
    summary: "Read a delivery, with every attempt and the body that is sent",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: deliveryDetailSchema } },
    problems: ["not_found"],
  },
  async (c) => {
    const { id, deliveryId } = readIds(c);
    const delivery = await c.get("gateways").generations.delivery(id, c.get("scope"), deliveryId);
    if (delivery === null) throw noDelivery(deliveryId, id);
    return sendJson(c, delivery);
  },
);

const redeliver = route(
  {
    id: "redeliver",
    method: "post",
    path: `${PATH}/{delivery}/redeliver`,
    summary: "Send a delivery again, with the same id and body",
    tag: "Webhooks",
    answers: { 202: { description: "The delivery will be sent.", body: deliverySchema } },
    problems: ["not_found"],
  },
  async (c) => {
    const { id, deliveryId } = readIds(c);
    const delivery = await c.get("gateways").generations.redeliver(id, c.get("scope"), deliveryId);
    if (delivery === null) throw noDelivery(deliveryId, id);
    return sendJson(c, delivery, 202);
  },
);

export const deliveryRoutes = [listDeliveries, getDelivery, redeliver];

function readIds(c: Context<AppEnv>) {
  return { id: readId(c), deliveryId: pathParameter(c, "delivery") };
}

function noDelivery(deliveryId: string, id: string): Problem {
  return new Problem("not_found", `There is no delivery ${deliveryId} of a generation ${id}.`);
}
