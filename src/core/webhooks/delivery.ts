// One event for one webhook: attempts, how long between them, and when to give up.

import { honoringRetryAfter, jittered } from "../backoff.ts";
import type { EventType } from "./events.ts";
import { sameUrl } from "./url-identity.ts";

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
  /** The URL that it was sent to: a standing endpoint may have moved since the delivery was made. */
  readonly sentTo?: string;
  /** Nothing left: it counts as an attempt, or does not, or no further one makes sense. */
  readonly unsent?: "counted" | "uncounted" | "final";
}

export type Attempt = Omit<AttemptResult, "retryAfterMs" | "sentTo" | "unsent">;

/** `gone`: the webhook answered 410 and wants nothing any more. */
export type DeliveryState = "pending" | "delivered" | "failed" | "gone";

export interface Delivery {
  /** The same over all attempts: receivers tell a repetition by it. */
  readonly id: string;
  readonly event: EventType;
  readonly url: string;
  /** Whether the request named this webhook, so that the scope's secret signs. */
  readonly requested: boolean;
  /** The standing endpoint that it is for, whose own secret signs; a request may have named the same URL. */
  readonly endpointId: string | null;
  readonly createdAt: number;
  readonly state: DeliveryState;
  /** The newest hundred, the oldest first. */
  readonly attempts: readonly Attempt[];
  /** Attempts since the schedule began, or began again by redelivery. */
  readonly tries: number;
  /** Null once settled. */
  readonly nextAttemptAt: number | null;
}

/** A webhook to tell: one that the request named, or a standing endpoint. */
export interface Recipient {
  readonly url: string;
  readonly endpointId: string | null;
  /** It has been given up for failing: what it misses is only noted, so that it can be sent when it is back. */
  readonly isMissing?: boolean;
}

export function newDelivery(id: string, event: EventType, recipient: Recipient, now: number): Delivery {
  const { url, endpointId, isMissing = false } = recipient;
  const schedule = isMissing
    ? ({ state: "failed", nextAttemptAt: null } as const)
    : ({ state: "pending", nextAttemptAt: now } as const);
  const requested = endpointId === null;
  return { id, event, url, requested, endpointId, createdAt: now, attempts: [], tries: 0, ...schedule };
}

/** The receiver wants nothing more. */
export const GONE = 410;

/** Redelivery can go on for ever; a delivery must go on fitting into its row. */
const MAX_ATTEMPTS_KEPT = 100;

/** The longest wait after an attempt that could not be made: the receiver has refused nothing. */
const UNSENT_DELAY_MS = 60_000;

export function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** The delivery after one more attempt. One that has been settled meanwhile only gets better: late success counts. */
export function afterAttempt(
  delivery: Delivery,
  result: AttemptResult,
  { retryDelaysMs, random, now }: { retryDelaysMs: readonly number[]; random: number; now: number },
): Delivery {
  const { retryAfterMs, sentTo = delivery.url, unsent, ...attempt } = result;
  const tries = unsent === "uncounted" ? delivery.tries : delivery.tries + 1;
  // What is not made for the same reason time and again is one line, or it would push out of the log what was made.
  const repeats = unsent === "uncounted" && attempt.error === delivery.attempts.at(-1)?.error;
  const before = repeats ? delivery.attempts.slice(0, -1) : delivery.attempts;
  const after = { ...delivery, url: sentTo, attempts: withAttempt(before, attempt), tries };
  if (isSuccess(result.status)) return { ...after, state: "delivered", nextAttemptAt: null };
  if (delivery.state !== "pending") return after;
  if (result.status === GONE) return { ...after, state: "gone", nextAttemptAt: null };
  const delayMs = retryDelaysMs[delivery.tries];
  if (unsent === "uncounted") {
    const waitMs = Math.min(delayMs ?? UNSENT_DELAY_MS, UNSENT_DELAY_MS);
    return { ...after, nextAttemptAt: now + jittered(waitMs, random) };
  }
  if (delayMs === undefined || unsent === "final") return { ...after, state: "failed", nextAttemptAt: null };
  return { ...after, nextAttemptAt: now + honoringRetryAfter(jittered(delayMs, random), retryAfterMs, random) };
}

/** What a standing endpoint, or one that it takes the place of, has been given up for and could be sent again. */
export function missedBy(
  { endpointId, url }: Pick<Recipient, "endpointId" | "url">,
  deliveries: readonly Delivery[],
): readonly Delivery[] {
  const isIts = (each: Delivery) =>
    each.endpointId === endpointId || (each.endpointId !== null && sameUrl(each.url, url));
  return deliveries.filter((each) => isIts(each) && (each.state === "failed" || each.state === "gone"));
}

/**
 * A fresh attempt now and the schedule again, under the same id.
 *
 * @param begunAt of the attempt that was given up for it, which may have reached the receiver; null when there was none.
 */
export function redelivered(delivery: Delivery, now: number, begunAt: number | null = null): Delivery {
  const again = { ...delivery, state: "pending", tries: 0, nextAttemptAt: now } as const;
  if (begunAt === null) return again;
  const durationMs = Math.max(0, now - begunAt);
  const error = "given up for a redelivery";
  return {
    ...again,
    attempts: withAttempt(delivery.attempts, { at: begunAt, durationMs, status: null, error, response: null }),
  };
}

function withAttempt(before: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  return [...before, attempt].slice(-MAX_ATTEMPTS_KEPT);
}

/** One pending delivery of a webhook that has answered 410 to another. */
export function abandoned(delivery: Delivery): Delivery {
  return delivery.state === "pending" ? { ...delivery, state: "gone", nextAttemptAt: null } : delivery;
}
