// Limits requests per API key, or per IP address without one. The platform counts them at each of its locations and
// does not reveal how many are left. Redeliveries, tests and recoveries, and new generations in test mode, are counted
// by the account's object; only the answers to them are here.

import type { Context, MiddlewareHandler } from "hono";
import { TEST_MODE } from "../core/limits.ts";
import type { BucketRule } from "../core/token-bucket.ts";
import { RESEND_LIMIT } from "../core/webhooks/resend-limit.ts";
import type { AppEnv } from "./app-env.ts";
import { addressGroup } from "./client-address.ts";
import { Problem } from "./problem.ts";

/** The limit in wrangler.toml, which the Worker cannot read. */
export const RATE_LIMIT = { requests: 10_000, seconds: 60 } as const;

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
const POLICY = `"api-key";q=${RATE_LIMIT.requests};w=${RATE_LIMIT.seconds}`;

/** Counts each request against its API key; before `authenticated`, against the caller's address. */
export function limited(): MiddlewareHandler<AppEnv> {
  return async function limited(c, next) {
    const { RATE_LIMITER: limiter } = c.env;
    if (limiter === undefined) return next();
    await count(limiter, c.get("keyId") ?? addressKey(c));
    await next();
    c.res.headers.set("ratelimit-policy", POLICY);
  };
}

/** Counts one request against the caller's address. @throws Problem when the address is over its limit. */
export async function limitAddress(c: Context<AppEnv>): Promise<void> {
  if (c.env.RATE_LIMITER !== undefined) await count(c.env.RATE_LIMITER, addressKey(c));
}

/** The platform sets this header on every request. */
function addressKey(c: Context<AppEnv>): string {
  return `address:${addressGroup(c.req.header("cf-connecting-ip") ?? "")}`;
}

async function count(limiter: RateLimit, key: string): Promise<void> {
  const { success } = await limiter.limit({ key });
  if (success) return;
  const detail = `At most ${RATE_LIMIT.requests} requests per ${RATE_LIMIT.seconds} s.`;
  const headers = { "retry-after": String(RATE_LIMIT.seconds), "ratelimit-policy": POLICY };
  throw new Problem("rate_limited", detail, {}, headers);
}

/** @param waitMs time until one more redelivery, test or recovery is possible. */
export function tooManyResends(waitMs: number): Problem {
  return tooMany("redeliveries, tests and recoveries", RESEND_LIMIT, waitMs);
}

/** @param waitMs time until one more generation is possible. */
export function tooManyInTestMode(waitMs: number): Problem {
  return tooMany("new generations in test mode", TEST_MODE.pace, waitMs);
}

function tooMany(what: string, { size, refillMs }: BucketRule, waitMs: number): Problem {
  const detail = `At most ${size} ${what} at once in an account and mode, and one more every ${refillMs / 1000} s.`;
  return new Problem("rate_limited", detail, {}, { "retry-after": String(Math.ceil(waitMs / 1000)) });
}
