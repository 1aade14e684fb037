// The hosts that the Worker of the screenshots calls. The simulated world plays all of them, under names as they occur on
// the internet.

import { World } from "../support/world.ts";
import { ENDINGS } from "./endings.ts";
import { catalogue } from "./models.ts";

export const PROVIDER = "https://api.aimlapi.com";
const FILES = "https://cdn.aimlapi.com";

/** Receivers of callbacks by host, as the world knows them. */
const RECEIVERS: Readonly<Record<string, string>> = {
  "hooks.lumen.studio": "healthy",
  "staging.lumen.studio": "broken",
  "crm.lumen.studio": "busy",
  "old.lumen.studio": "old",
  "metrics.lumen.studio": "unused",
};

/** Starts the world. @returns it, and the network of a Worker that reaches only it. */
export async function startNetwork() {
  const world = new World();
  await world.start();
  world.playCatalogue(catalogue());
  for (const [name, ending] of Object.entries(ENDINGS)) world.play(name, ending);
  world.play("receivers", {
    hooks: {
      broken: [{ status: 500, body: { error: 'relation "videos" does not exist', request: "9f31c2" } }],
      busy: [{ status: 503, headers: { "retry-after": "1800" }, body: "The database is being upgraded." }],
      old: [{ status: 404, body: "<h1>Not Found</h1>" }],
    },
  });
  const network = async (request: Request): Promise<Response> => {
    const { host, pathname, search } = new URL(request.url);
    const receiver = RECEIVERS[host];
    const path = receiver === undefined ? pathname + search : `/hooks/receivers/${receiver}`;
    const body = request.body === null ? {} : { body: await request.arrayBuffer() };
    const { method, headers } = request;
    const init = { method, headers: Object.fromEntries(headers), ...body, redirect: "manual" } as const;
    const answer = await fetch(world.url + path, init);
    if (host !== new URL(PROVIDER).host) return answer;
    // The links to videos.
    const text = (await answer.text()).replaceAll(world.url, FILES);
    const { status } = answer;
    return new Response(text, { status, headers: { "content-type": "application/json" } });
  };
  return { world, network };
}
