// Deliveries and their attempts as callers see them.

import type { AttemptView, DeliveryView } from "../../contract/deliveries.ts";
import { iso, isoOrNull } from "../times.ts";
import type { Attempt, Delivery } from "./delivery.ts";

type Outcome = Pick<Attempt, "status" | "durationMs" | "error">;

type Attempted = Outcome & Pick<Attempt, "manual">;

export function attemptView({ at, ...outcome }: Outcome & Pick<Attempt, "at">): AttemptView {
  return { at: iso(at), ...outcomeView(outcome) };
}

/**
 * The data of the event `delivery.attempted`.
 *
 * @param after the delivery after the attempt, for listeners. The timeline of a generation does not know it.
 */
export function attemptedView(
  delivery: Pick<Delivery, "id" | "event" | "url" | "endpointId">,
  attempt: Attempted,
  after?: Pick<Delivery, "state" | "nextAttemptAt">,
) {
  const { id, event, url, endpointId } = delivery;
  const { manual = false } = attempt;
  const standing = after && { state: after.state, next_attempt_at: isoOrNull(after.nextAttemptAt) };
  return { delivery: id, event, url, endpoint_id: endpointId, ...outcomeView(attempt), manual, ...standing };
}

function outcomeView({ status, durationMs, error }: Outcome): Omit<AttemptView, "at"> {
  return { status_code: status, duration_ms: durationMs, error };
}

/**
 * @param delivery of an event of a generation, or of a test.
 * @param attemptingSince when the attempt under way began; null if none is.
 */
export function deliveryView(
  delivery: Omit<Delivery, "event"> & { readonly event: DeliveryView["event"] },
  attemptingSince: number | null,
): DeliveryView {
  const { id, event, url, endpointId, state, createdAt, nextAttemptAt, attempts } = delivery;
  return {
    id,
    object: "delivery",
    event,
    url,
    endpoint_id: endpointId,
    state,
    created_at: iso(createdAt),
    next_attempt_at: isoOrNull(nextAttemptAt),
    attempting_since: isoOrNull(attemptingSince),
    attempts: attempts.map((attempt) => {
      const { response, manual = false } = attempt;
      return { ...attemptView(attempt), response, manual };
    }),
  };
}
