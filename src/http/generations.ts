// /v1/generations: accept one, list them, read, cancel and delete one, and its deliveries.

import { type Context, Hono } from "hono";
import { GENERATION_ID } from "../contract/ids.ts";
import type { GenerationView } from "../core/generation/view.ts";
import { iso } from "../core/times.ts";
import { acceptGeneration, throwRefusal } from "./acceptance.ts";
import type { AppEnv } from "./app-env.ts";
import { readJson } from "./body.ts";
import { readCursor, readListQuery, writeCursor } from "./listing.ts";
import { methodNotAllowed } from "./methods.ts";
import { Problem } from "./problem.ts";
import { isFinal, readWait, readWithin } from "./waiting.ts";

const PATH = "/v1/generations";

export function generationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post(PATH, async (c) => {
    const until = readWait(c);
    const created = await acceptGeneration(c, await readJson(c.req));
    const location = `${PATH}/${created.id}`;
    if (until !== null && !isFinal(created)) {
      const ended = await readWithin(c, created.id, until);
      const view: GenerationView = ended === null ? created : JSON.parse(ended);
      throwRefusal(view);
      return c.json(view, isFinal(view) ? 200 : 202, { location });
    }
    return c.json(created, until === null ? 202 : 200, { location });
  });
  routes.get(PATH, async (c) => {
    const { status, model, limit, cursor } = readListQuery(c.req.url);
    const after = cursor === undefined ? null : readCursor(cursor);
    const page = await c.get("gateways").index.list(c.get("scope"), { status, model, limit, after });
    const { mode } = c.get("scope");
    const data = page.rows.map(({ id, status, model, createdAt }) => ({
      id,
      object: "generation",
      status,
      mode,
      model,
      created_at: iso(createdAt),
    }));
    const next = page.next && writeCursor(page.next);
    return c.json({ object: "list", data, has_more: next !== null, next_cursor: next });
  });
  routes.all(PATH, methodNotAllowed("GET", "POST"));

  routes.get(`${PATH}/:id`, async (c) => {
    const id = readId(c);
    const view = await readWithin(c, id, readWait(c));
    if (view === null) throw notFound(id);
    return c.body(view, 200, { "content-type": "application/json" });
  });

  routes.delete(`${PATH}/:id`, async (c) => {
    const id = readId(c);
    const { kind } = await c.get("gateways").generations.remove(id, c.get("scope"), c.get("requestId"));
    if (kind === "not_found") throw notFound(id);
    if (kind === "in_progress") throw new Problem("in_progress", "Cancel it first, or wait for its end.");
    return c.body(null, 204);
  });
  routes.all(`${PATH}/:id`, methodNotAllowed("GET", "DELETE"));

  routes.post(`${PATH}/:id/cancel`, async (c) => {
    const id = readId(c);
    const result = await c.get("gateways").generations.cancel(id, c.get("scope"));
    if (result.kind === "not_found") throw notFound(id);
    if (result.kind === "already_finished") throw new Problem("already_finished", `It is ${result.status}.`);
    return c.body(result.view, 200, { "content-type": "application/json" });
  });
  routes.all(`${PATH}/:id/cancel`, methodNotAllowed("POST"));

  routes.get(`${PATH}/:id/deliveries`, async (c) => {
    const id = readId(c);
    const list = await c.get("gateways").generations.deliveries(id, c.get("scope"));
    if (list === null) throw notFound(id);
    return c.body(list, 200, { "content-type": "application/json" });
  });
  routes.all(`${PATH}/:id/deliveries`, methodNotAllowed("GET"));

  routes.get(`${PATH}/:id/deliveries/:delivery`, async (c) => {
    const { id, delivery } = { id: readId(c), delivery: c.req.param("delivery") };
    const found = await c.get("gateways").generations.delivery(id, c.get("scope"), delivery);
    if (found === null) throw noDelivery(delivery, id);
    return c.body(found, 200, { "content-type": "application/json" });
  });
  routes.all(`${PATH}/:id/deliveries/:delivery`, methodNotAllowed("GET"));

  routes.post(`${PATH}/:id/deliveries/:delivery/redeliver`, async (c) => {
    const { id, delivery } = { id: readId(c), delivery: c.req.param("delivery") };
    const again = await c.get("gateways").generations.redeliver(id, c.get("scope"), delivery);
    if (again === null) throw noDelivery(delivery, id);
    return c.body(again, 202, { "content-type": "application/json" });
  });
  routes.all(`${PATH}/:id/deliveries/:delivery/redeliver`, methodNotAllowed("POST"));
  return routes;
}

/** The id in the path; what cannot be one is not looked up. */
function readId(c: Context<AppEnv>): string {
  const id = c.req.param("id") ?? "";
  if (!GENERATION_ID.test(id)) throw notFound(id);
  return id;
}

function notFound(id: string): Problem {
  return new Problem("not_found", `There is no generation ${id}.`);
}

function noDelivery(delivery: string, id: string): Problem {
  return new Problem("not_found", `There is no delivery ${delivery} of a generation ${id}.`);
}
