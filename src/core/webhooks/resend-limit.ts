// Limits how often callers can have something sent again or tested: redeliveries, tests and recoveries of an account
// and mode together. Without it, an account could flood any host with requests.

import type { BucketRule } from "../token-bucket.ts";

/** 60 at once, and one more each second. */
export const RESEND_LIMIT: BucketRule = { size: 60, refillMs: 1_000 };
