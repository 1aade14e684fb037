// /v1/generations/{id}/video: the stored video, served to an API key or a signed link.

import type { Context, Hono } from "hono";
import { GENERATION_ID } from "../contract/ids.ts";
import { sameScope } from "../core/scope.ts";
import type { FoundVideo } from "../generation/results.ts";
import { type LinkQuery, verifyLink } from "../videos/links.ts";
import type { AppEnv } from "./app-env.ts";
import { noGeneration } from "./generations.ts";
import { Problem } from "./problem.ts";
import { select } from "./ranges.ts";
import { limited } from "./rate-limit.ts";
import { pathParameter, route } from "./route.ts";

const PATH = "/v1/generations/{id}/video";
const HONO_PATH = "/v1/generations/:id/video";

/** How long a signed link's answer may be cached. The video of a generation never changes. */
const MAX_AGE_SECONDS = 3_600;

const getVideo = route({ method: "get", path: PATH, access: "key_or_signed_link" }, serveOwn);

const headVideo = route({ method: "head", path: PATH, access: "key_or_signed_link" }, serveOwn);

export const videoRoutes = [getVideo, headVideo];

/** Caches must revalidate, because the video may be deleted. A 304 costs next to nothing. */
async function serveOwn(c: Context<AppEnv>): Promise<Response> {
  return serve(c, await ownVideo(c), "private, no-cache");
}

/** Answers signed links and CORS preflights. Neither has an API key, so this comes before authentication. */
export function addVideoLinks(app: Hono<AppEnv>): void {
  app.use(HONO_PATH, async (c, next) => {
    for (const [name, value] of Object.entries({ ...CORS, ...CONFINED })) c.header(name, value);
    await next();
  });
  const limit = limited();
  app.use(HONO_PATH, (c, next) => (isSigned(c) ? limit(c, next) : next()));
  app.get(HONO_PATH, async (c, next) => {
    if (!isSigned(c)) return next();
    const link = linkQuery(c);
    const found = await linkedVideo(c, link);
    // Caches must not keep the answer after the link has expired.
    const left = Math.floor(Number(link.expires) - c.get("gateways").clock.now() / 1000);
    return serve(c, found, `private, max-age=${Math.max(0, Math.min(left, MAX_AGE_SECONDS))}, immutable`);
  });
  app.options(HONO_PATH, (c) => {
    const allowed = {
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-headers":
        "authorization, if-match, if-modified-since, if-none-match, if-range, if-unmodified-since, range",
      "access-control-max-age": "86400",
    };
    return c.body(null, 204, { ...CORS, ...allowed });
  });
}

/** `v` alone does not make a link. */
function isSigned(c: Context<AppEnv>): boolean {
  const { searchParams } = new URL(c.req.url);
  return searchParams.has("signature") || searchParams.has("expires");
}

async function find(c: Context<AppEnv>): Promise<FoundVideo | null> {
  const id = pathParameter(c, "id");
  return GENERATION_ID.test(id) ? c.get("gateways").generations.findVideo(id) : null;
}

function linkQuery(c: Context<AppEnv>): LinkQuery {
  const { searchParams } = new URL(c.req.url);
  const only = (name: string) => {
    const [value = "", ...others] = searchParams.getAll(name);
    return others.length === 0 ? value : "";
  };
  return { v: only("v"), expires: only("expires"), signature: only("signature") };
}

/**
 * Verifies the signature before it asks the generation's object: a forged link reaches no object, and its answer does not
 * reveal whether the generation exists.
 */
async function linkedVideo(c: Context<AppEnv>, link: LinkQuery): Promise<FoundVideo> {
  const { clock } = c.get("gateways");
  const { signingSecrets } = c.get("config");
  const isValid = await verifyLink(pathParameter(c, "id"), link, { signingSecrets, clock });
  const found = isValid ? await find(c) : null;
  if (found !== null && String(found.createdAt) === link.v) return found;
  throw new Problem("invalid_link", "Get a new link from GET /v1/generations/{id}.");
}

async function ownVideo(c: Context<AppEnv>): Promise<FoundVideo> {
  const found = await find(c);
  if (found !== null && sameScope(found.scope, c.get("scope"))) return found;
  throw noGeneration(pathParameter(c, "id"));
}

/** A page of any site may read a video: only the signature or the API key decides about access. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "accept-ranges, content-disposition, content-length, content-range, etag, retry-after, x-request-id",
  "cross-origin-resource-policy": "cross-origin",
};

/** Videos share an origin with the dashboard, so a browser must never treat one as a page. */
const CONFINED = { "x-content-type-options": "nosniff", "content-security-policy": "sandbox" };

const EXTENSIONS: Readonly<Record<string, string>> = { "video/webm": "webm", "video/quicktime": "mov" };

async function serve(c: Context<AppEnv>, { video, finishedAt }: FoundVideo, cacheControl: string): Promise<Response> {
  if (video === null || finishedAt === null) {
    if (finishedAt !== null) throw new Problem("not_found", "This generation ended without a video.");
    const seconds = String(Math.ceil(c.get("config").pollIntervalMs / 1000));
    throw new Problem("not_stored_yet", "The video is not stored yet.", {}, { "retry-after": seconds });
  }
  const { bytes: size, contentType, sha256 } = video;
  // Decided from the record, so that 304 and 416 cost no read from R2.
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
      throw new Problem("precondition_failed", "The video does not match If-Match or If-Unmodified-Since.");
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
  return `${kind}; filename="${pathParameter(c, "id")}.${extension}"`;
}

function goneFromBucket(): Problem {
  return new Problem("not_found", "The video is missing from R2, or has been replaced.");
}
