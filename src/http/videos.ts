// /v1/generations/{id}/video: the stored video, with the API key or as a signed link.

import { type Context, Hono } from "hono";
import { GENERATION_ID } from "../contract/ids.ts";
import { type Scope, sameScope } from "../core/scope.ts";
import type { FoundVideo } from "../generation/results.ts";
import { verifyLink } from "../videos/links.ts";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";
import { Problem } from "./problem.ts";
import { select } from "./ranges.ts";
import { limited } from "./rate-limit.ts";

const PATH = "/v1/generations/:id/video";

/** What a link may be kept: it names one video, which never changes. */
const MAX_AGE_SECONDS = 3_600;

/** Signed links, and questions of browsers: they take no API key, and so come before it is asked for. */
export function videoLinkRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.use(PATH, async (c, next) => {
    for (const [name, value] of Object.entries({ ...CORS, ...CONFINED })) c.header(name, value);
    await next();
  });
  const limit = limited();
  routes.use(PATH, (c, next) => (isSigned(c) ? limit(c, next) : next()));
  routes.get(PATH, async (c, next) => {
    if (!isSigned(c)) return next();
    const found = await linkedVideo(c);
    const left = Math.floor(Number(c.req.query("expires")) - c.get("gateways").clock.now() / 1000);
    return serve(c, found, `private, max-age=${Math.max(0, Math.min(left, MAX_AGE_SECONDS))}, immutable`);
  });
  routes.options(PATH, (c) => {
    const allowed = {
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-headers":
        "authorization, if-match, if-modified-since, if-none-match, if-range, if-unmodified-since, range",
      "access-control-max-age": "86400",
    };
    return c.body(null, 204, { ...CORS, ...allowed });
  });
  return routes;
}

export function videoRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  // Asked again each time whether it is still there; a 304 costs next to nothing.
  routes.get(PATH, async (c) => serve(c, await ownVideo(c), "private, no-cache"));
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

/** No account has that name. */
const NOBODY: Scope = { account: "", mode: "live" };

async function linkedVideo(c: Context<AppEnv>): Promise<FoundVideo> {
  const id = c.req.param("id") ?? "";
  const query = { expires: c.req.query("expires") ?? "", signature: c.req.query("signature") ?? "" };
  const { clock } = c.get("gateways");
  const { signingSecrets } = c.get("config");
  const found = await find(c);
  // Verified in any case, so that the time it takes does not tell whether there is such a video.
  const isValid = await verifyLink({ id, scope: found?.scope ?? NOBODY }, query, { signingSecrets, clock });
  if (found !== null && isValid) return found;
  throw new Problem("invalid_link", "Ask GET /v1/generations/{id} for a fresh link.");
}

async function ownVideo(c: Context<AppEnv>): Promise<FoundVideo> {
  const found = await find(c);
  if (found !== null && sameScope(found.scope, c.get("scope"))) return found;
  throw new Problem("not_found", `There is no generation ${c.req.param("id")}.`);
}

/** Anyone who has the address may: the signature, or the key, is what decides. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "accept-ranges, content-disposition, content-length, content-range, etag, retry-after, x-request-id",
  "cross-origin-resource-policy": "cross-origin",
};

/** It shares an origin with pages of this service: nothing in it may be taken for one. */
const CONFINED = { "x-content-type-options": "nosniff", "content-security-policy": "sandbox" };

const EXTENSIONS: Readonly<Record<string, string>> = { "video/webm": "webm", "video/quicktime": "mov" };

async function serve(c: Context<AppEnv>, { video, finishedAt }: FoundVideo, cacheControl: string): Promise<Response> {
  if (video === null || finishedAt === null) {
    if (finishedAt !== null) throw new Problem("not_found", "This generation ended without a video.");
    const seconds = String(Math.ceil(c.get("config").pollIntervalMs / 1000));
    throw new Problem("not_stored_yet", "The video is not stored yet.", {}, { "retry-after": seconds });
  }
  const { bytes: size, contentType, sha256 } = video;
  // Told from the record: what is not modified, or not satisfiable, costs no read of the bucket.
  const etag = `"${sha256}"`;
  const selection = select(c.req, { size, etag, modifiedAt: finishedAt });
  const headers = {
    ...CORS,
    ...CONFINED,
    "accept-ranges": "bytes",
    "cache-control": cacheControl,
    etag,
    "last-modified": new Date(finishedAt).toUTCString(),
  };
  switch (selection.kind) {
    case "not_modified":
      return new Response(null, { status: 304, headers });
    case "precondition_failed":
      throw new Problem("precondition_failed", "The video is another than If-Match or If-Unmodified-Since want.");
    case "unsatisfiable":
      throw new Problem(
        "range_not_satisfiable",
        `The video has ${size} bytes.`,
        {},
        { "content-range": `bytes */${size}` },
      );
  }
  const described = {
    ...headers,
    "content-type": contentType,
    "content-disposition": disposition(c, EXTENSIONS[contentType] ?? "mp4"),
  };
  const { videos } = c.get("gateways");
  if (c.req.method === "HEAD") {
    if ((await videos.size(video.key)) !== size) throw goneFromBucket();
    return new Response(null, { headers: { ...described, "content-length": String(size) } });
  }
  const part = selection.kind === "part" ? selection : { offset: 0, length: size };
  const object = await videos.open(video.key, selection.kind === "part" ? part : null);
  if (object === null || object.size !== size) {
    await object?.body.cancel();
    throw goneFromBucket();
  }
  const length = { "content-length": String(part.length) };
  if (selection.kind === "whole") return new Response(object.body, { headers: { ...described, ...length } });
  const range = { "content-range": `bytes ${part.offset}-${part.offset + part.length - 1}/${size}` };
  return new Response(object.body, { status: 206, headers: { ...described, ...length, ...range } });
}

function disposition(c: Context<AppEnv>, extension: string): string {
  const kind = c.req.query("download") === "1" ? "attachment" : "inline";
  return `${kind}; filename="${c.req.param("id")}.${extension}"`;
}

function goneFromBucket(): Problem {
  return new Problem("not_found", "The video is no longer in the bucket, or is another than was stored.");
}
