// The dashboard and the API reference: static assets (scripts/assets.ts) that the Worker passes on, so that they too have a
// request id, a log line and a 405 for other methods. The platform serves what they load without the Worker.

import type { Context, Hono } from "hono";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";
import { methodNotAllowed } from "./route.ts";

export const PAGES = ["/", "/docs"] as const;

export function addPages(app: Hono<AppEnv>): void {
  for (const path of PAGES) {
    app.get(path, serve);
    app.all(path, methodNotAllowed(["get"]));
  }
}

/** The platform adds the headers of src/pages/_headers, and answers HEAD and conditional requests. */
async function serve(c: Context<AppEnv>): Promise<Response> {
  const { ASSETS } = c.env;
  if (ASSETS === undefined) throw new Problem("not_found", "Static assets are not bound; see wrangler.toml.");
  const page = await ASSETS.fetch(c.req.raw);
  // The headers of a fetched response are immutable; those of a copy are not.
  return new Response(page.body, page);
}
