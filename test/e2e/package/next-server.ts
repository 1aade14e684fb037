// Serves route handlers of Next.js as Next.js does, by their paths: `node next-server.ts FOLDER`.

import { join } from "node:path";
import process from "node:process";
import { serve } from "@hono/node-server";

interface Route {
  readonly POST: (request: Request) => Promise<Response>;
}

const [folder = ""] = process.argv.slice(2);

async function fetch(request: Request): Promise<Response> {
  const route: Route = await import(join(folder, "app", new URL(request.url).pathname, "route.ts"));
  // Next.js passes a Request of the platform.
  const body = await request.arrayBuffer();
  return route.POST(new Request(request.url, { method: request.method, headers: request.headers, body }));
}

serve({ fetch, port: 0 }, ({ port }) => console.log(`listening on http://localhost:${port}`));
