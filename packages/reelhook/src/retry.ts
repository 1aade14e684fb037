// Decides whether and when a call is repeated.

import type { ReelhookError } from "./errors.ts";

/** A failure that a repetition cannot change: the deployment's owner must change a setting. */
const PERMANENT: readonly string[] = ["provider_unauthorized", "provider_not_configured", "misconfigured"];

const FIRST_MS = 500;
const MOST_MS = 8_000;

/** A longer `Retry-After` is left to the caller. */
const MOST_RETRY_AFTER_MS = 60_000;

export interface Tries {
  /** Calls that have failed, at least 1. */
  readonly failed: number;
  readonly most: number;
  /** Whether the call may be repeated although it may have been executed. */
  readonly isRepeatable: boolean;
}

/**
 * Milliseconds until the call is repeated; null if it is not.
 *
 * @param random between 0 and 1.
 */
export function waitBeforeRetry(
  error: ReelhookError,
  { failed, most, isRepeatable }: Tries,
  random: number,
): number | null {
  const { status, code, retryAfterMs } = error;
  const isTemporary = status === null || status === 429 || (status >= 500 && !PERMANENT.includes(code));
  if (!isTemporary || failed >= most) return null;
  // A request refused as one too many was certainly not executed.
  if (!isRepeatable && status !== 429) return null;
  if (retryAfterMs !== null && retryAfterMs > MOST_RETRY_AFTER_MS) return null;
  return Math.max(retryAfterMs ?? 0, backoff(failed, random));
}

/** Doubles with each failure, to 8 s at most, less up to a half at random. */
export function backoff(failures: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1)) * (1 - random / 2);
}
