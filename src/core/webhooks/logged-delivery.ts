// A delivery in the log of a webhook endpoint. The account keeps this log from what generations report, and reports can
// be lost, come late or come in another order.

import type { DeliveryView, LoggedDeliveryView } from "../../contract/deliveries.ts";
import type { Position } from "../cursor.ts";
import { iso, isoOrNull } from "../times.ts";
import type { Delivery } from "./delivery.ts";
import { attemptView } from "./delivery-view.ts";
import type { EndpointOutcome } from "./endpoint.ts";

/** How a delivery stands, as far as the log shows it. */
export interface DeliveryStanding extends Pick<Delivery, "state" | "nextAttemptAt"> {
  /** Number of attempts that the delivery's own list has: 50 at most. */
  readonly attempts: number;
  readonly lastAttempt: EndpointOutcome | null;
}

export interface LoggedDelivery extends Position, DeliveryStanding {
  readonly event: DeliveryView["event"];
  /** Null for a test event. */
  readonly generation: Position | null;
}

/** The delivery as the log shows it, without the answers of its receiver. */
export function standingOf({ state, nextAttemptAt, attempts }: Delivery): DeliveryStanding {
  const last = attempts.at(-1);
  return { state, nextAttemptAt, attempts: attempts.length, lastAttempt: last === undefined ? null : outcomeOf(last) };
}

function outcomeOf({ at, status, error, durationMs }: EndpointOutcome): EndpointOutcome {
  return { at, status, error, durationMs };
}

/**
 * Positive if a standing is newer than another of the same delivery, negative if it is older, 0 if both are after the
 * same attempt. The number of attempts counts first, because clocks can be set back.
 */
export function compareStandings(a: DeliveryStanding, b: DeliveryStanding): number {
  return a.attempts - b.attempts || (a.lastAttempt?.at ?? 0) - (b.lastAttempt?.at ?? 0);
}

export function loggedDeliveryView(delivery: LoggedDelivery): LoggedDeliveryView {
  const { id, event, generation, state, createdAt, nextAttemptAt, attempts, lastAttempt } = delivery;
  return {
    id,
    object: "delivery",
    event,
    generation_id: generation?.id ?? null,
    state,
    created_at: iso(createdAt),
    next_attempt_at: isoOrNull(nextAttemptAt),
    attempt_count: attempts,
    last_attempt: lastAttempt && attemptView(lastAttempt),
  };
}
