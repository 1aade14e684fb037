// /v1/generations/{id}/video: the stored video, with the API key or as a signed link.

import { type Context, Hono } from "hono";
import { sameScope } from "../core/generation.ts";
import { GENERATION_ID } from "../ids.ts";
import type { FoundVideo } from "../ports.ts";
import { verifyLink } from "../videos/links.ts";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";
import { Problem } from "./problem.ts";

const PATH = "/v1/generations/:id/video";

/** Signed links: they take no API key, and so come before it is asked for. */
export function videoLinkRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(PATH, async (c, next) => (isSigned(c) ? serve(c, await linkedVideo(c)) : next()));
  return routes;
}

export function videoRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(PATH, async (c) => serve(c, await ownVideo(c)));
  routes.all(PATH, methodNotAllowed("GET"));
  return routes;
}

function isSigned(c: Context<AppEnv>): boolean {
  return c.req.query("signature") !== undefined || c.req.query("expires") !== undefined;
}

async function find(c: Context<AppEnv>): Promise<FoundVideo | null> {
  const id = c.req.param("id") ?? "";
  return GENERATION_ID.test(id) ? c.get("gateways").generations.findVideo(id) : null;
}

async function linkedVideo(c: Context<AppEnv>): Promise<FoundVideo> {
  const id = c.req.param("id") ?? "";
  const query = { expires: c.req.query("expires") ?? "", signature: c.req.query("signature") ?? "" };
  const { clock } = c.get("gateways");
  const { signingSecrets } = c.get("config");
  const found = await find(c);
  if (found !== null && (await verifyLink({ id, scope: found.scope }, query, { signingSecrets, clock }))) return found;
  throw new Problem("invalid_link", "Ask GET /v1/generations/{id} for a fresh link.");
}

async function ownVideo(c: Context<AppEnv>): Promise<FoundVideo> {
  const found = await find(c);
  if (found !== null && sameScope(found.scope, c.get("scope"))) return found;
  throw new Problem("not_found", `There is no generation ${c.req.param("id")}.`);
}

async function serve(c: Context<AppEnv>, { video, finished }: FoundVideo): Promise<Response> {
  if (video === null) {
    if (finished) throw new Problem("not_found", "This generation ended without a video.");
    const seconds = String(Math.ceil(c.get("config").pollIntervalMs / 1000));
    throw new Problem("not_stored_yet", "The video is not stored yet.", {}, { "retry-after": seconds });
  }
  const { videos } = c.get("gateways");
  const [object, body] =
    c.req.method === "HEAD" ? [await videos.head(video.key), null] : await opened(videos, video.key);
  if (object === null) throw new Problem("not_found", "The video is no longer in the bucket.");
  const headers = {
    "content-type": video.contentType,
    "content-length": String(object.size),
    etag: object.httpEtag,
    // It shares an origin with pages of this service: nothing in it may be taken for one.
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox",
  };
  return new Response(body, { headers });
}

async function opened(videos: R2Bucket, key: string): Promise<[R2Object | null, ReadableStream | null]> {
  const object = await videos.get(key);
  return [object, object?.body ?? null];
}
