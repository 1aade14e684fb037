import type { Handler } from "hono";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";

/** For a path that exists and a method that it lacks. What answers GET answers HEAD. */
export function methodNotAllowed(...methods: string[]): Handler<AppEnv> {
  const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return function methodNotAllowed(c) {
    const detail = `${c.req.method} is not allowed here; ${allowed.join(", ")} is.`;
    throw new Problem("method_not_allowed", detail, {}, { allow: allowed.join(", ") });
  };
}
