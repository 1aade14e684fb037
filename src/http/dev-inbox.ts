// In development: passes on what the inbox of `npm run dev` has received, because the dashboard may only read from this Worker.

import type { Context, Hono, MiddlewareHandler } from "hono";
import type { AppEnv } from "./app-env.ts";
import { authenticated } from "./auth.ts";
import { Problem } from "./problem.ts";
import { limited } from "./rate-limit.ts";
import { methodNotAllowed } from "./route.ts";

export const DEV_INBOX_PATH = "/dev/inbox";

const TIMEOUT_MS = 5_000;

/** Not a route of the API, so /openapi.json does not have it. */
export function addDevInbox(app: Hono<AppEnv>, guard: MiddlewareHandler<AppEnv>): void {
  app.use(DEV_INBOX_PATH, inDevelopment(), guard, authenticated(), limited());
  app.get(DEV_INBOX_PATH, readInbox);
  app.all(DEV_INBOX_PATH, methodNotAllowed(["get"]));
}

/** Elsewhere, the path answers as if it did not exist. */
function inDevelopment(): MiddlewareHandler<AppEnv> {
  return async function inDevelopment(c, next) {
    if (c.get("config").inboxUrl === null) return c.notFound();
    await next();
  };
}

/** The callbacks of the caller's account and mode. */
async function readInbox(c: Context<AppEnv>): Promise<Response> {
  const { inboxUrl } = c.get("config");
  const { account, mode } = c.get("scope");
  const query = new URLSearchParams({ account, mode });
  const answer = await fetch(`${inboxUrl}/callbacks?${query}`, {
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null);
  if (!answer?.ok) throw new Problem("unavailable", `The inbox at ${inboxUrl} does not answer.`);
  return c.body(await answer.text(), 200, { "content-type": "application/json" });
}
