// Wait times after failures. Randomness is passed in as a number in [0, 1), so that tests are deterministic.

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

/** Longer `Retry-After` values are capped at this. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * The longer of our own wait and the other side's `Retry-After`, capped at `MAX_RETRY_AFTER_MS`. Up to 20 % jitter is
 * added to `Retry-After`, so that clients given the same time do not all come back at once.
 */
export function honoringRetryAfter(ownMs: number, retryAfterMs: number | null, random: number): number {
  if (retryAfterMs === null || !(retryAfterMs > 0)) return ownMs;
  return Math.max(ownMs, Math.round(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + JITTER * random)));
}

/**
 * Reads a `Retry-After` header: whole seconds or an HTTP date (RFC 9110, section 10.2.3).
 *
 * @returns milliseconds from `now`, which may be negative or very large; null when the header is absent or unreadable.
 */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^-?\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : date - now;
}
