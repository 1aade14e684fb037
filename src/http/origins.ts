// The origins under which this Worker is known, and the rules for URLs that follow from them.

import type { Context } from "hono";
import { urlRules } from "../config.ts";
import type { WebhookUrlRules } from "../contract/requests.ts";
import { urlIdentity } from "../core/webhooks/url-identity.ts";
import { checkUrl, type UrlRules } from "../core/webhooks/url-rules.ts";
import type { AppEnv } from "./app-env.ts";

function originOf(c: Context<AppEnv>): string {
  return new URL(c.req.url).origin;
}

/** Base of links to this Worker: `PUBLIC_URL`, or the origin of this request. */
export function baseUrlOf(c: Context<AppEnv>): string {
  return c.get("config").publicUrl ?? originOf(c);
}

export function urlRulesOf(c: Context<AppEnv>): UrlRules {
  return urlRules(c.get("config"), originOf(c));
}

export function webhookUrlRulesOf(c: Context<AppEnv>): WebhookUrlRules {
  return webhookUrlRules(urlRulesOf(c));
}

export function webhookUrlRules(rules: UrlRules): WebhookUrlRules {
  return {
    rejection: (url) => {
      const verdict = checkUrl(url, rules);
      return verdict.safe ? null : verdict.reason;
    },
    identity: urlIdentity,
  };
}
