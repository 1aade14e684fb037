// What happens, as it happens: of one generation, and of a whole scope.

import { type Context, Hono } from "hono";
import { parseAccept } from "hono/utils/accept";
import { GENERATION_ID } from "../contract/ids.ts";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";
import { Problem } from "./problem.ts";

export function eventRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/v1/generations/:id/events", async (c) => {
    const id = c.req.param("id");
    const { generations } = c.get("gateways");
    const isKnown = GENERATION_ID.test(id);
    const asked = { id, scope: c.get("scope") };
    if (wantsStream(c) && c.req.method !== "HEAD") {
      const stream = isKnown
        ? await generations.watch(asked.id, asked.scope, c.req.header("last-event-id") ?? "")
        : null;
      // A browser's EventSource comes back after every end, unless it is told so.
      if (stream === "ended") return c.body(null, 204);
      if (stream !== null) return answerStream(stream);
    } else {
      const timeline = isKnown ? await generations.timeline(asked.id, asked.scope) : null;
      if (timeline !== null && wantsStream(c)) return answerStream(null);
      if (timeline !== null) return c.body(timeline, 200, { "content-type": "application/json" });
    }
    throw new Problem("not_found", `There is no generation ${id}.`);
  });
  routes.all("/v1/generations/:id/events", methodNotAllowed("GET"));

  routes.get("/v1/events", async (c) => {
    // Whoever asks for the headers alone does not listen.
    if (c.req.method === "HEAD") return answerStream(null);
    const after = c.req.header("last-event-id") ?? null;
    return answerStream(await c.get("gateways").index.listen(c.get("scope"), after));
  });
  routes.all("/v1/events", methodNotAllowed("GET"));
  return routes;
}

/** By name, and no less than JSON: https://www.rfc-editor.org/rfc/rfc9110#name-accept */
function wantsStream(c: Context<AppEnv>): boolean {
  const accepts = parseAccept(c.req.header("accept") ?? "");
  const weightOf = (wanted: string) => accepts.find(({ type }) => type.toLowerCase() === wanted)?.q;
  const stream = weightOf("text/event-stream") ?? 0;
  return stream > 0 && stream >= (weightOf("application/json") ?? weightOf("application/*") ?? weightOf("*/*") ?? 0);
}

function answerStream(stream: ReadableStream<Uint8Array> | null): Response {
  return new Response(stream, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
