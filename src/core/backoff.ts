// Wait times after failures. Randomness is passed in as a number in [0, 1), so that tests are deterministic.

import { MAX_RETRY_AFTER_MS } from "./http-fields.ts";

/** ±20 %: enough to spread out many clients, small enough to stay close to the published schedule. */
const JITTER = 0.2;

export function jittered(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random));
}

export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Doubles from `firstMs` to `mostMs`, with jitter. `failures` counts from 1. */
export function backoff({ firstMs, mostMs }: Backoff, failures: number, random: number): number {
  return jittered(Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30)), random);
}

/**
 * The longer of our own wait and the other side's `Retry-After`, capped at `MAX_RETRY_AFTER_MS`. Up to 20 % jitter is
 * added to `Retry-After`, so that clients given the same time do not all come back at once.
 */
export function honoringRetryAfter(ownMs: number, retryAfterMs: number | null, random: number): number {
  if (retryAfterMs === null || !(retryAfterMs > 0)) return ownMs;
  return Math.max(ownMs, Math.round(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + JITTER * random)));
}
