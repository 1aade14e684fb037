// Decides whether and when a call is repeated.

import { ReelhookError } from "./errors.ts";

/** Failures that repeating the call cannot fix: the deployment's owner must change a setting. */
const PERMANENT: readonly string[] = ["provider_unauthorized", "provider_not_configured", "misconfigured"];

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;

/** A call with a longer `Retry-After` is not repeated. A lost stream is opened again after this time at the latest. */
const MAX_RETRY_AFTER_MS = 60_000;

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
 * @param random at least 0, less than 1.
 */
export function waitBeforeRetry(
  error: ReelhookError,
  { failed, most, isRepeatable }: Tries,
  random: number,
): number | null {
  const { retryAfterMs } = error;
  if (!isTemporary(error) || failed >= most) return null;
  if (!isRepeatable && mayHaveBeenExecuted(error)) return null;
  if (retryAfterMs !== null && retryAfterMs > MAX_RETRY_AFTER_MS) return null;
  return Math.max(retryAfterMs ?? 0, backoff(failed, random));
}

/** Milliseconds until a lost stream is opened again. */
export function waitBeforeReopening(
  { retryAfterMs }: Pick<ReelhookError, "retryAfterMs">,
  failures: number,
  random: number,
): number {
  return Math.max(Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS), backoff(failures, random));
}

/** Whether the same call may succeed later. */
export function isTemporary(error: unknown): error is ReelhookError {
  if (!(error instanceof ReelhookError)) return false;
  const { status, code } = error;
  if (code === "connection_failed" || status === 429) return true;
  return status !== null && status >= 500 && !PERMANENT.includes(code);
}

/** False if the request was refused before anything was done, for example with 429. */
export function mayHaveBeenExecuted({ status }: ReelhookError): boolean {
  return status === null || status >= 500;
}

/** Doubles with each failure up to 8 s, minus a random part of at most half. */
function backoff(failures: number, random: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1)) * (1 - random / 2);
}
