// How often callers may have something sent to a webhook: redeliveries, tests and recoveries of an account and mode
// together. Otherwise one account could flood any host that answers webhooks.

import type { BucketRule } from "../token-bucket.ts";

/** 60 at once, and one more each second. */
export const RESEND_LIMIT: BucketRule = { size: 60, refillMs: 1_000 };
