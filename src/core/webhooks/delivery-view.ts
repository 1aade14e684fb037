// Deliveries and their attempts as callers see them.

import type { AttemptView, DeliveryView } from "../../contract/deliveries.ts";
import { iso, isoOrNull } from "../times.ts";
import type { Attempt, Delivery } from "./delivery.ts";

type Outcome = Pick<Attempt, "status" | "durationMs" | "error">;

export function attemptView({ at, ...outcome }: Outcome & Pick<Attempt, "at">): AttemptView {
  return { at: iso(at), ...outcomeView(outcome) };
}

/** The data of the event `delivery.attempted`. */
export function attemptedView(delivery: Pick<Delivery, "id" | "event" | "url" | "endpointId">, outcome: Outcome) {
  const { id, event, url, endpointId } = delivery;
  return { delivery: id, event, url, endpoint_id: endpointId, ...outcomeView(outcome) };
}

function outcomeView({ status, durationMs, error }: Outcome): Omit<AttemptView, "at"> {
  return { status_code: status, duration_ms: durationMs, error };
}

/** @param delivery of an event of a generation, or of a test. */
export function deliveryView(
  delivery: Omit<Delivery, "event"> & { readonly event: DeliveryView["event"] },
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
    attempting_since: null,
    attempts: attempts.map((attempt) => ({ ...attemptView(attempt), response: attempt.response, manual: false })),
  };
}
