// Server-sent events of one generation and of a whole scope, and the timeline of a generation.

import type { Context } from "hono";
import { parseAccept } from "hono/utils/accept";
import * as z from "zod/mini";
import { timelineSchema } from "../contract/events.ts";
import { eventsQuerySchema } from "../contract/requests.ts";
import type { AppEnv } from "./app-env.ts";
import { noGeneration, readId } from "./generations.ts";
import { route, sendJson } from "./route.ts";
import { untilRevoked } from "./until-revoked.ts";
import { readQuery } from "./validation.ts";

const resumable = z.object({
  "Last-Event-ID": z
    .optional(z.string())
    .register(z.globalRegistry, { description: "Continue after the event with this id." }),
});

const getGenerationEvents = route(
  {
    id: "getGenerationEvents",
    method: "get",
    path: "/v1/generations/{id}/events",
    summary: "Read the timeline, or follow it to the end with `Accept: text/event-stream`",
    details:
      "Each event of the stream is an item of the timeline, under its `id`. Two kinds of events have no id and are in the " +
      "stream only: `generation.queue` while the generation waits in line, at most every 5 seconds, with `position`, " +
      "`waiting` and `remaining_seconds` (null while unknown), and `progress` during a long copy, with `bytes` and `total_bytes`.",
    tag: "Generations",
    headers: resumable,
    answers: {
      200: { description: "OK", body: timelineSchema, streams: true },
      204: { description: "`Last-Event-ID` is the last event." },
    },
    problems: ["not_found"],
  },
  async (c) => {
    const id = readId(c);
    return wantsStream(c) && c.req.method !== "HEAD" ? followGeneration(c, id) : sendTimeline(c, id);
  },
);

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

const getEvents = route(
  {
    id: "getEvents",
    method: "get",
    path: "/v1/events",
    summary: "Follow everything that happens in the account and mode",
    details:
      "With `bodies=true`, the data of `generation.started`, `generation.completed`, `generation.failed` and " +
      "`generation.canceled` is the body of the webhook, byte for byte. It is sent even if no webhook subscribes. An " +
      "event may be sent twice: deduplicate by `data.id` and `type`. The other events are the same in both streams, but " +
      "an event id of one stream is unknown to the other, which starts with `reset`.",
    tag: "Generations",
    query: eventsQuerySchema,
    headers: resumable,
    answers: { 200: { description: "Server-sent events, without end.", type: "text/event-stream" } },
    problems: [],
  },
  async (c) => {
    const { bodies } = readQuery(c, eventsQuerySchema);
    // A HEAD request only reads the headers, so it must not count as a listener.
    if (c.req.method === "HEAD") return sendStream(null);
    const after = c.req.header("last-event-id") ?? null;
    const stream = await c.get("gateways").index.listen(c.get("scope"), after, c.get("keyId") ?? "", bodies);
    return sendStream(untilRevoked(c, stream));
  },
);

export const eventRoutes = [getGenerationEvents, getEvents];

/** True if the caller names event streams and prefers them to JSON: https://www.rfc-editor.org/rfc/rfc9110#name-accept */
function wantsStream(c: Context<AppEnv>): boolean {
  const accepts = parseAccept(c.req.header("accept") ?? "");
  const weightOf = (wanted: string) => accepts.find(({ type }) => type.toLowerCase() === wanted)?.q;
  const stream = weightOf("text/event-stream") ?? 0;
  return stream > 0 && stream >= (weightOf("application/json") ?? weightOf("application/*") ?? weightOf("*/*") ?? 0);
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
