// Keeps API keys and signed links off connections that are not encrypted.

import type { MiddlewareHandler } from "hono";
import { isLoopback, withoutRoot } from "../core/webhooks/url-rules.ts";
import type { AppEnv } from "./app-env.ts";
import { PAGES } from "./pages.ts";
import { Problem } from "./problem.ts";

/** Also answered over HTTP, because they take neither a key nor a link. */
const OPEN_PATHS: readonly string[] = ["/healthz", "/openapi.json"];

/**
 * Refuses requests over `http:`, and redirects those for pages to `https:`. Loopback addresses and development
 * (ALLOW_LOCAL_URLS) are exempt. Comes first, so that no part of the request is read or authenticated before.
 */
export function requireHttps(): MiddlewareHandler<AppEnv> {
  return async function requireHttps(c, next) {
    if (c.req.url.startsWith("https:") || c.get("config").allowLocalUrls) return next();
    const url = new URL(c.req.url);
    if (isLoopback(withoutRoot(url.hostname)) || OPEN_PATHS.includes(c.req.path)) return next();
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (isRead && PAGES.some((page) => page === c.req.path)) {
      url.protocol = "https:";
      // The port of HTTP does not answer HTTPS.
      url.port = "";
      return c.redirect(url.href, 308);
    }
    const detail = "Use https://. This request was not encrypted: replace any API key that was sent with it.";
    throw new Problem("invalid_request", detail);
  };
}
