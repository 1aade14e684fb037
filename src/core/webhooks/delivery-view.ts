// Deliveries and their attempts as callers see them.

import { iso, isoOrNull } from "../times.ts";
import type { Attempt, Delivery, DeliveryState } from "./delivery.ts";

export interface AttemptView {
  readonly at: string;
  readonly status_code: number | null;
  readonly duration_ms: number;
  readonly error: string | null;
}

export interface DeliveryView {
  readonly id: string;
  readonly object: "delivery";
  readonly event: string;
  readonly url: string;
  /** The standing endpoint that it is for; null when only the request named this webhook. */
  readonly endpoint_id: string | null;
  readonly state: DeliveryState;
  readonly created_at: string;
  readonly next_attempt_at: string | null;
  readonly attempts: readonly (AttemptView & { readonly response: string | null })[];
}

/** With what is sent. */
export interface DeliveryDetailView extends DeliveryView {
  /** The same bytes at every attempt. */
  readonly body: string;
}

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

/** Of a generation's event, or of a test's. */
export function deliveryView(delivery: Omit<Delivery, "event"> & { readonly event: string }): DeliveryView {
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
    attempts: attempts.map((attempt) => ({ ...attemptView(attempt), response: attempt.response })),
  };
}
