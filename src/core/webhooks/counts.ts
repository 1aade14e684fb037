// How far the deliveries of a generation are: their numbers by state, and their stage.

import type { Delivery } from "./delivery.ts";

export interface DeliveryCounts {
  readonly delivered: number;
  readonly pending: number;
  /** Given up after the last attempt, or answered with 410. */
  readonly failed: number;
}

export function countsOf(deliveries: readonly Pick<Delivery, "state">[]): DeliveryCounts {
  const numberOf = (...states: Delivery["state"][]) => deliveries.filter(({ state }) => states.includes(state)).length;
  return { delivered: numberOf("delivered"), pending: numberOf("pending"), failed: numberOf("failed", "gone") };
}

/** Each has had its first attempt, or has settled; or all have settled. */
export type DeliveryStage = "attempted" | "settled";

/** Null while an attempt is the first one of its delivery, and without deliveries. */
export function stageOf(deliveries: readonly Pick<Delivery, "nextAttemptAt" | "tries">[]): DeliveryStage | null {
  if (deliveries.length === 0) return null;
  const open = deliveries.filter(({ nextAttemptAt }) => nextAttemptAt !== null);
  if (open.length === 0) return "settled";
  return open.every(({ tries }) => tries > 0) ? "attempted" : null;
}
