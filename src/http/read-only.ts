// Read-only API keys cannot change anything or read secrets.

import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";

/** Whether requests with this method change nothing. */
export function isReading(method: string): boolean {
  return ["GET", "HEAD"].includes(method.toUpperCase());
}

/** Refuses methods that may change something. Comes after `limited`, so that refused requests are counted, too. */
export function onlyReading(): MiddlewareHandler<AppEnv> {
  return async function onlyReading(c, next) {
    if (c.get("isReadOnly") && !isReading(c.req.method)) throw refused();
    await next();
  };
}

/** For routes whose answer has a secret. */
export function notReadOnly(): MiddlewareHandler<AppEnv> {
  return async function notReadOnly(c, next) {
    if (c.get("isReadOnly")) throw refused();
    await next();
  };
}

function refused(): Problem {
  return new Problem("forbidden", "This API key is read-only: it cannot change anything or read secrets.");
}
