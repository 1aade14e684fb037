// One event for one webhook: attempts, how long between them, and when to give up.

import { jittered, respectful } from "./backoff.ts";
import type { EventType } from "./events.ts";

/** What one POST came to. */
export interface AttemptResult {
  readonly at: number;
  readonly durationMs: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Why there was no answer, or why it does not count. */
  readonly error: string | null;
  /** The first 1 KiB of the answer. */
  readonly response: string | null;
  readonly retryAfterMs: number | null;
}

export type Attempt = Omit<AttemptResult, "retryAfterMs">;

/** `gone`: the webhook answered 410 and wants nothing any more. */
export type DeliveryState = "pending" | "delivered" | "failed" | "gone";

export interface Delivery {
  /** The same over all attempts: receivers tell a repetition by it. */
  readonly id: string;
  readonly event: EventType;
  readonly url: string;
  readonly createdAt: number;
  readonly state: DeliveryState;
  /** The newest hundred, the oldest first. */
  readonly attempts: readonly Attempt[];
  /** Attempts since the schedule began, or began again by redelivery. */
  readonly tries: number;
  /** Null once settled. */
  readonly nextAttemptAt: number | null;
}

export function newDelivery(id: string, event: EventType, url: string, now: number): Delivery {
  return { id, event, url, createdAt: now, state: "pending", attempts: [], tries: 0, nextAttemptAt: now };
}

const GONE = 410;

/** Redelivery can go on for ever; a delivery must go on fitting into its row. */
const MAX_ATTEMPTS_KEPT = 100;

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** The delivery after one more attempt. One that has been settled meanwhile only gets better: late success counts. */
export function afterAttempt(
  delivery: Delivery,
  result: AttemptResult,
  { retryDelaysMs, random, now }: { retryDelaysMs: readonly number[]; random: number; now: number },
): Delivery {
  const { retryAfterMs, ...attempt } = result;
  const attempts = [...delivery.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT);
  const logged = { ...delivery, attempts, tries: delivery.tries + 1 };
  if (isSuccess(result.status)) return { ...logged, state: "delivered", nextAttemptAt: null };
  if (delivery.state !== "pending") return logged;
  if (result.status === GONE) return { ...logged, state: "gone", nextAttemptAt: null };
  const delayMs = retryDelaysMs[delivery.tries];
  if (delayMs === undefined) return { ...logged, state: "failed", nextAttemptAt: null };
  return { ...logged, nextAttemptAt: now + respectful(jittered(delayMs, random), retryAfterMs) };
}

/** A fresh attempt now and the schedule again, under the same id. */
export function redelivered(delivery: Delivery, now: number): Delivery {
  return { ...delivery, state: "pending", tries: 0, nextAttemptAt: now };
}

/** One pending delivery of a webhook that has answered 410 to another. */
export function abandoned(delivery: Delivery): Delivery {
  return delivery.state === "pending" ? { ...delivery, state: "gone", nextAttemptAt: null } : delivery;
}
