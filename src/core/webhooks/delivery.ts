// A delivery is one event for one webhook: its attempts, the waits between them, and when to give up.

import type { DeliveryState, EventType } from "../../contract/words.ts";
import { honoringRetryAfter, jittered } from "../backoff.ts";
import { MAX_RETRY_AFTER_MS } from "../http-fields.ts";
import { MOST_WAIT_MS } from "./host-line.ts";
import { sameUrl } from "./url-identity.ts";

/** Result of one attempt. */
export interface AttemptResult {
  readonly at: number;
  readonly durationMs: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Why nothing was sent, why there was no answer, or why the answer counts as a failure. At most 500 characters. */
  readonly error: string | null;
  /** First 1 KiB of the answer's body. Null without an answer, and for all but the newest attempts of a delivery. */
  readonly response: string | null;
  readonly retryAfterMs: number | null;
  /** The URL it was sent to: a webhook endpoint may have changed its URL since the delivery was created. */
  readonly sentTo?: string;
  /** Set when nothing was sent. `counted` uses up an attempt, `uncounted` does not, `final` ends the delivery. */
  readonly unsent?: "counted" | "uncounted" | "final";
}

/** The host has a line, and the delivery must wait for its turn. Nothing was sent. */
export interface Postponed {
  readonly turnAt: number;
}

export interface Attempt extends Omit<AttemptResult, "retryAfterMs" | "sentTo" | "unsent"> {
  /** Whether a redelivery or a recovery asked for it. Absent if not, and in records of earlier releases. */
  readonly manual?: true;
}

export interface Delivery {
  /** The same for all attempts, so that receivers can detect duplicates. */
  readonly id: string;
  readonly event: EventType;
  readonly url: string;
  /** True if the request named this webhook: the scope's secret then signs. */
  readonly requested: boolean;
  /** The webhook endpoint, whose own secret signs, or null. The request may have named the same URL. */
  readonly endpointId: string | null;
  readonly createdAt: number;
  readonly state: DeliveryState;
  /** The newest 50 attempts, oldest first. */
  readonly attempts: readonly Attempt[];
  /** Attempts since the schedule started, or was restarted by a redelivery. */
  readonly tries: number;
  /** Null once settled. */
  readonly nextAttemptAt: number | null;
  /**
   * The turn that it was given in the line of its host. A redelivery by hand needs none: "now". Absent if it has none.
   */
  readonly turnAt?: number | "now";
  /** Whether a redelivery or a recovery asked for the next attempt. Absent if not. */
  readonly manual?: true;
}

/** Where an event is sent: a webhook that the request named, or a webhook endpoint. */
export interface Recipient {
  readonly url: string;
  readonly endpointId: string | null;
  /** The endpoint is disabled for failing: deliveries are only recorded, so that they can be sent when it recovers. */
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

/** 410 Gone: the receiver asks for no more deliveries. */
export const GONE = 410;

/** A delivery can be sent again any number of times, so the log is bounded. */
const MAX_ATTEMPTS_KEPT = 50;

/** Newest attempts that keep the text of their answer: as many as the default schedule has. */
const MAX_ANSWERS_KEPT = 12;

/** Longest wait after an uncounted attempt: nothing was sent, so the receiver needs no time to recover. */
const UNSENT_DELAY_MS = 60_000;

export function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** The delivery after one more attempt. If it has already been settled, only a success changes its state. */
export function afterAttempt(
  delivery: Delivery,
  result: AttemptResult,
  { retryDelaysMs, random, now }: { retryDelaysMs: readonly number[]; random: number; now: number },
): Delivery {
  const { retryAfterMs, sentTo = delivery.url, unsent, ...ended } = result;
  const attempt = { ...ended, ...manualOf(delivery) };
  // A delivery that was not sent keeps its turn, and what asked for it still asks for the next attempt.
  const before = unsent === "uncounted" ? delivery : withoutTurn(delivery);
  const tries = unsent === "uncounted" ? delivery.tries : delivery.tries + 1;
  // Repeated "not sent" entries are collapsed, or they would push real attempts out of the log.
  const repeats = unsent === "uncounted" && attempt.error === delivery.attempts.at(-1)?.error;
  const earlier = repeats ? delivery.attempts.slice(0, -1) : delivery.attempts;
  const after = { ...before, url: sentTo, attempts: withAttempt(earlier, attempt), tries };
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

/**
 * The longest time that one run of the schedule takes, if the receiver asks for the longest `Retry-After` each time, and
 * each attempt waits for its turn as long as it may.
 */
export function longestScheduleMs(retryDelaysMs: readonly number[]): number {
  const longest = (delayMs: number) => jittered(Math.max(delayMs, MAX_RETRY_AFTER_MS), 1) + MOST_WAIT_MS;
  return retryDelaysMs.reduce((sum, delayMs) => sum + longest(delayMs), MOST_WAIT_MS);
}

/** The delivery waits for its turn, which uses up no attempt and is not in its log. */
export function postponed(delivery: Delivery, { turnAt }: Postponed): Delivery {
  return delivery.state === "pending" ? { ...delivery, turnAt, nextAttemptAt: turnAt } : delivery;
}

function withoutTurn({ turnAt: _, manual: __, ...delivery }: Delivery): Delivery {
  return delivery;
}

function manualOf({ manual }: Delivery): Pick<Delivery, "manual"> {
  return manual === undefined ? {} : { manual };
}

/** Failed and gone deliveries of a webhook endpoint, or of another endpoint with the same URL. They can be resent. */
export function missedBy(
  { endpointId, url }: Pick<Recipient, "endpointId" | "url">,
  deliveries: readonly Delivery[],
): readonly Delivery[] {
  const isIts = (each: Delivery) =>
    each.endpointId === endpointId || (each.endpointId !== null && sameUrl(each.url, url));
  return deliveries.filter((each) => isIts(each) && (each.state === "failed" || each.state === "gone"));
}

/**
 * Restarts the schedule with an attempt now, under the same id.
 *
 * @param begunAt start of the running attempt that this replaces, which may have reached the receiver, or null.
 */
export function redelivered(delivery: Delivery, now: number, begunAt: number | null = null): Delivery {
  const again = { ...withoutTurn(delivery), manual: true, state: "pending", tries: 0, nextAttemptAt: now } as const;
  if (begunAt === null) return again;
  const durationMs = Math.max(0, now - begunAt);
  const error = "replaced by a redelivery";
  const replaced = { at: begunAt, durationMs, status: null, error, response: null, ...manualOf(delivery) };
  return { ...again, attempts: withAttempt(delivery.attempts, replaced) };
}

function withAttempt(before: readonly Attempt[], attempt: Attempt): readonly Attempt[] {
  return boundedLog([...before, attempt]);
}

/** The newest attempts, without the answers of the older ones. */
export function boundedLog(attempts: readonly Attempt[]): readonly Attempt[] {
  const kept = attempts.slice(-MAX_ATTEMPTS_KEPT);
  const firstAnswer = kept.length - MAX_ANSWERS_KEPT;
  return kept.map((each, at) => (at < firstAnswer && each.response !== null ? { ...each, response: null } : each));
}

/** Ends a pending delivery of a webhook that has answered 410 to another delivery. */
export function abandoned(delivery: Delivery): Delivery {
  return delivery.state === "pending" ? { ...delivery, state: "gone", nextAttemptAt: null } : delivery;
}
