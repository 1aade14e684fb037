// Limits requests per API key, or per IP address without one. The platform counts them at each of its locations and does
// not reveal how many are left.

import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";

/** The limit in wrangler.toml, which the Worker cannot read. */
export const RATE_LIMIT = { requests: 10_000, seconds: 60 } as const;

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
const POLICY = `"api-key";q=${RATE_LIMIT.requests};w=${RATE_LIMIT.seconds}`;

export function limited(): MiddlewareHandler<AppEnv> {
  return async function limited(c, next) {
    const { RATE_LIMITER: limiter } = c.env;
    if (limiter === undefined) return next();
    const key = c.get("keyId") ?? `address:${c.req.header("cf-connecting-ip") ?? ""}`;
    const { success } = await limiter.limit({ key });
    if (!success) {
      const detail = `At most ${RATE_LIMIT.requests} requests per ${RATE_LIMIT.seconds} s.`;
      throw new Problem(
        "rate_limited",
        detail,
        {},
        {
          "retry-after": String(RATE_LIMIT.seconds),
          "ratelimit-policy": POLICY,
        },
      );
    }
    await next();
    c.res.headers.set("ratelimit-policy", POLICY);
  };
}
