// What a delivery is doing, more exactly than its state: a pending one may be waiting, under way, or retrying.

import type { AttemptView, DeliveryView } from "../../contract/deliveries.ts";
import { countdownOf, counted, lengthOf } from "../shared/units.ts";

/** An attempt ends after this time without an answer. */
export const ATTEMPT_TIMEOUT_MS = 15_000;

/** In the order of the page: what needs attention first. */
export const DELIVERY_CONDITIONS = ["failed", "gone", "retrying", "sending", "pending", "delivered"] as const;
export type DeliveryCondition = (typeof DELIVERY_CONDITIONS)[number];

type Known = Pick<DeliveryView, "state" | "next_attempt_at" | "attempting_since"> & {
  readonly attempts: readonly Pick<AttemptView, "status_code">[];
};

/** Whether the answer to an attempt counts as a delivery. */
export function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

export function conditionOf({ state, attempting_since, attempts }: Known): DeliveryCondition {
  if (attempting_since !== null) return "sending";
  if (state !== "pending") return state;
  return failuresOf(attempts) === 0 ? "pending" : "retrying";
}

/** The delivery in words, beside its condition. */
export function describeDelivery(delivery: Known, now: number): string {
  const { attempts, next_attempt_at, attempting_since } = delivery;
  const failures = failuresOf(attempts);
  const next = next_attempt_at === null ? "" : nextAttempt(Date.parse(next_attempt_at) - now);
  switch (conditionOf(delivery)) {
    case "sending":
      return `${failures === 0 ? "" : `${failures} failed, `}${waited(now - Date.parse(attempting_since ?? ""))}`;
    case "retrying":
      return `${failures} failed, next ${next}`;
    case "pending":
      return `${attempts.length === 0 ? "First" : "Next"} attempt ${next}`;
    case "delivered":
      return attempts.length > 1 ? `After ${counted(attempts.length, "attempt")}` : "";
    case "gone":
      return "The webhook answered 410, so it gets nothing more.";
    case "failed":
      return failures === 0
        ? "Not sent: the endpoint was disabled."
        : `${counted(failures, "attempt")} failed, no more will follow.`;
  }
}

/** The failed attempts since the last that succeeded. */
function failuresOf(attempts: Known["attempts"]): number {
  return attempts.length - 1 - attempts.findLastIndex(({ status_code }) => isGood(status_code));
}

function nextAttempt(ms: number): string {
  return ms <= 0 ? "now" : `in ${countdownOf(ms)}`;
}

/** Clocks of browser and server differ, so the time may lie outside of the attempt. */
function waited(ms: number): string {
  const seconds = Math.floor(Math.min(Math.max(ms, 0), ATTEMPT_TIMEOUT_MS) / 1_000);
  return `waiting for an answer, ${seconds} of ${lengthOf(ATTEMPT_TIMEOUT_MS)}`;
}

/** The deliveries in the order of the page. Those of one condition keep their order. */
export function inOrder(deliveries: readonly DeliveryView[]): readonly DeliveryView[] {
  const rank = (delivery: DeliveryView) => DELIVERY_CONDITIONS.indexOf(conditionOf(delivery));
  return deliveries.toSorted((one, other) => rank(one) - rank(other));
}

/** Such as `2 failed, 1 retrying, 17 delivered`. */
export function summaryOf(deliveries: readonly Known[]): string {
  const counts = Map.groupBy(deliveries, conditionOf);
  return DELIVERY_CONDITIONS.flatMap((each) => {
    const count = counts.get(each)?.length ?? 0;
    return count === 0 ? [] : [`${count} ${each}`];
  }).join(", ");
}

/** The time after a due attempt at which it is most likely under way. */
const BEGUN_MS = 1_000;

/** Time for the result of an attempt to be saved. */
const SAVED_MS = 1_000;

/**
 * When to load the deliveries again, in milliseconds since the Unix epoch: no event says that an attempt has begun, and
 * the one that says how it ended can be lost. Null if nothing is expected.
 *
 * @param loadedAt when they were loaded.
 */
export function nextLook(deliveries: readonly Known[], loadedAt: number): number | null {
  const looks = deliveries.flatMap(({ next_attempt_at, attempting_since }) => {
    const [expected, patience] =
      attempting_since !== null
        ? [Date.parse(attempting_since) + ATTEMPT_TIMEOUT_MS + SAVED_MS, SAVED_MS]
        : [Date.parse(next_attempt_at ?? "") + BEGUN_MS, BEGUN_MS];
    if (Number.isNaN(expected)) return [];
    // What is late is looked for less and less often.
    const late = loadedAt - expected;
    return late < 0 ? expected : loadedAt + Math.min(Math.max(late, patience), ATTEMPT_TIMEOUT_MS);
  });
  if (looks.length === 0) return null;
  // At most one look each second, however many deliveries there are.
  return Math.ceil(Math.min(...looks) / 1_000) * 1_000;
}
