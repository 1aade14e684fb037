// A place in line as callers see it.

import type { QueueView } from "../../contract/generation.ts";
import type { QueuePlace } from "./standing.ts";

export function queueView(place: QueuePlace | null): QueueView | null {
  return place && { position: place.position, waiting: place.waiting };
}

/** The `data` of `generation.queue`. The remaining time is rounded up to whole seconds. */
export function queueEventData(place: QueuePlace) {
  const { position, waiting, remainingMs } = place;
  return { position, waiting, remaining_seconds: remainingMs === null ? null : Math.ceil(remainingMs / 1000) };
}
