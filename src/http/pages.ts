// The dashboard and the reference: static assets (see scripts/assets.ts) that come by way of the Worker, so that they, too,
// have a request id, a line in the log, and an honest answer for other methods. What they load does not.

import { type Context, Hono } from "hono";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";
import { Problem } from "./problem.ts";

export const PAGES = ["/", "/docs"] as const;

export function pageRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  for (const path of PAGES) {
    routes.get(path, serve);
    routes.all(path, methodNotAllowed("GET"));
  }
  return routes;
}

/** With the headers of src/pages/_headers. HEAD and conditions are the platform's to answer. */
async function serve(c: Context<AppEnv>): Promise<Response> {
  const { ASSETS } = c.env;
  if (ASSETS === undefined) throw new Problem("not_found", "This deployment has no pages; see wrangler.toml.");
  const page = await ASSETS.fetch(c.req.raw);
  // Its own headers cannot be added to.
  return new Response(page.body, page);
}
