// Server-sent events of one generation and of a whole scope, and the timeline of a generation.

import type { Context } from "hono";
import { eventsQuerySchema } from "../contract/requests.ts";
import { parseDecimal } from "../core/http-fields.ts";
import type { AppEnv } from "./app-env.ts";
import { noGeneration, readId } from "./generations.ts";
import { route, sendJson } from "./route.ts";
import { untilRevoked } from "./until-revoked.ts";
import { readQuery } from "./validation.ts";

const getGenerationEvents = route({ method: "get", path: "/v1/generations/{id}/events" }, async (c) => {
  const id = readId(c);
  return wantsStream(c) && c.req.method !== "HEAD" ? followGeneration(c, id) : sendTimeline(c, id);
});

async function followGeneration(c: Context<AppEnv>, id: string): Promise<Response> {
  const after = c.req.header("last-event-id") ?? "";
  const result = await c.get("gateways").generations.watch(id, c.get("scope"), after);
  switch (result.kind) {
    case "stream":
      return sendStream(untilRevoked(c, result.stream));
    case "ended":
      // Any other status would make a browser's EventSource reconnect.
      return c.body(null, 204);
    case "not_found":
      throw noGeneration(id);
  }
}

async function sendTimeline(c: Context<AppEnv>, id: string): Promise<Response> {
  const timeline = await c.get("gateways").generations.timeline(id, c.get("scope"));
  if (timeline === null) throw noGeneration(id);
  return wantsStream(c) ? sendStream(null) : sendJson(c, timeline);
}

const getEvents = route({ method: "get", path: "/v1/events" }, async (c) => {
  const { bodies } = readQuery(c, eventsQuerySchema);
  // A HEAD request only reads the headers, so it must not count as a listener.
  if (c.req.method === "HEAD") return sendStream(null);
  const after = c.req.header("last-event-id") ?? null;
  const stream = await c.get("gateways").index.listen(c.get("scope"), after, c.get("keyId") ?? "", bodies);
  return sendStream(untilRevoked(c, stream));
});

export const eventRoutes = [getGenerationEvents, getEvents];

/** True if the caller names event streams and prefers them to JSON: https://www.rfc-editor.org/rfc/rfc9110#name-accept */
function wantsStream(c: Context<AppEnv>): boolean {
  const accept = c.req.header("accept") ?? "";
  const stream = weightOf("text/event-stream", accept) ?? 0;
  const json =
    weightOf("application/json", accept) ?? weightOf("application/*", accept) ?? weightOf("*/*", accept) ?? 0;
  return stream > 0 && stream >= json;
}

/** The weight `q` of a media type in `Accept`, by default 1. Undefined if the type is not listed. */
function weightOf(wanted: string, accept: string): number | undefined {
  const listed = accept.split(",").map((each) => each.split(";").map((part) => part.trim().toLowerCase()));
  const parameters = listed.find(([type]) => type === wanted);
  return parameters && (parseDecimal(parameters.find((each) => each.startsWith("q="))?.slice(2)) ?? 1);
}

/** Sends an event stream. The headers forbid proxies to buffer or compress it, because that would delay events. */
function sendStream(stream: ReadableStream<Uint8Array> | null): Response {
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}
