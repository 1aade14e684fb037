// Read-only API keys can only read, and no secrets.

import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";

/** Whether requests with this method change nothing. */
export function isReading(method: string): boolean {
  return ["GET", "HEAD"].includes(method.toUpperCase());
}

/** @throws Problem for a method that may change something. */
export function requireReading(method: string): void {
  if (!isReading(method)) throw refused();
}

/** For routes whose answer has a secret. */
export function notReadOnly(): MiddlewareHandler<AppEnv> {
  return async function notReadOnly(c, next) {
    if (c.get("isReadOnly")) throw refused();
    await next();
  };
}

function refused(): Problem {
  return new Problem("forbidden", "This API key is read-only: it can only read, and no secrets.");
}
