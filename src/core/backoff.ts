// How long to wait after a failure. Randomness comes in as a number in [0, 1), so that a test can say what it is.

/** ±20 %: enough to spread a crowd, small enough that the published schedule stays true. */
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

/** The longest `Retry-After` that is believed. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Our own wait, or the other side's `Retry-After` where that is longer and not absurd, and then up to 20 % more: those
 * who were all told the same time must not all come back at it.
 */
export function honoringRetryAfter(ownMs: number, retryAfterMs: number | null, random: number): number {
  if (retryAfterMs === null || !(retryAfterMs > 0)) return ownMs;
  return Math.max(ownMs, Math.round(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + JITTER * random)));
}

/**
 * Reads a `Retry-After` header: whole seconds or an HTTP date (RFC 9110, section 10.2.3).
 *
 * @returns milliseconds from `now`, perhaps negative or absurd, or null when there is none that can be read.
 */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^-?\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : date - now;
}
