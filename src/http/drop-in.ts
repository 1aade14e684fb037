// The provider's own API, answered from here: a program that was written for it needs another base URL and key, and no
// more. It may add `webhook_url`, and then stop polling.

import { type Context, Hono } from "hono";
import { GENERATION_ID } from "../contract/ids.ts";
import type { Status } from "../core/generation/record.ts";
import type { GenerationView } from "../core/generation/view.ts";
import { iso } from "../core/times.ts";
import { acceptGeneration } from "./acceptance.ts";
import type { AppEnv } from "./app-env.ts";
import { readJson } from "./body.ts";
import { methodNotAllowed } from "./methods.ts";
import { invalidRequest, Problem } from "./problem.ts";
import { providerStatusOf } from "./problem-codes.ts";

const PATHS = ["/v2/generate/video/runway/generation", "/v2/video/generations"] as const;

export function dropInRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  for (const path of PATHS) {
    routes.post(path, async (c) => {
      const view = await acceptGeneration(c, await readJson(c.req));
      return c.json({ id: view.id, status: STATUSES[view.status] }, 201);
    });
    routes.get(path, async (c) => {
      const id = c.req.query("generation_id");
      if (id === undefined) throw invalidRequest([{ pointer: "/generation_id", message: "is missing" }]);
      const { generations } = c.get("gateways");
      const view = GENERATION_ID.test(id) ? await generations.read(id, c.get("scope")) : null;
      if (view === null) throw new Problem("not_found", `There is no generation ${id}.`);
      return c.json(providerView(JSON.parse(view)));
    });
    routes.all(path, methodNotAllowed("GET", "POST"));
  }
  return routes;
}

/** Its words for where a job is. It is not done for its caller before the video is stored. */
const STATUSES: Readonly<Record<Status, "queued" | "generating" | "completed" | "error">> = {
  queued: "queued",
  generating: "generating",
  storing: "generating",
  completed: "completed",
  failed: "error",
  canceled: "error",
};

function providerView({ id, status, video, error, usage }: GenerationView) {
  return {
    id,
    status: STATUSES[status],
    video: video && { url: video.url },
    error: error && { name: error.code, message: error.message },
    ...(usage === null ? {} : { meta: { usage: { credits_used: usage.credits } } }),
  };
}

export function isDropIn(path: string): boolean {
  return path === "/v2" || path.startsWith("/v2/");
}

/** A problem in the provider's shape of an error. */
export function answerProviderError(c: Context<AppEnv>, problem: Problem): Response {
  const statusCode = providerStatusOf(problem.code);
  const { clock } = c.get("gateways");
  const body = {
    message: problem.message,
    path: c.req.path,
    requestId: c.get("requestId"),
    statusCode,
    timestamp: iso(clock.now()),
  };
  const headers = { ...problem.headers, "content-type": "application/json" };
  return c.body(JSON.stringify(body), statusCode, headers);
}
