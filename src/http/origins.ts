// Under which names this Worker is known to itself.

import type { Context } from "hono";
import { urlRules } from "../config.ts";
import type { UrlRules } from "../core/webhooks/url-rules.ts";
import type { AppEnv } from "./app-env.ts";

function originOf(c: Context<AppEnv>): string {
  return new URL(c.req.url).origin;
}

/** Base of links to this Worker. */
export function baseUrlOf(c: Context<AppEnv>): string {
  return c.get("config").publicUrl ?? originOf(c);
}

/** What users' URLs must keep to. */
export function urlRulesOf(c: Context<AppEnv>): UrlRules {
  return urlRules(c.get("config"), originOf(c));
}
