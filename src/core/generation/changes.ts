// What a step writes: whatever differs between the life before it and the life after it.

import type { Delivery } from "../webhooks/delivery.ts";
import type { EventType } from "../webhooks/events.ts";
import type { Draft } from "./draft.ts";
import type { Life } from "./life.ts";
import type { Generation } from "./record.ts";

/** Written all or nothing. */
export interface Changes {
  /** Null when it is as it was. */
  readonly generation: Generation | null;
  /** New ones, and those that have changed. */
  readonly deliveries: readonly Delivery[];
  /** Of events that have just happened. */
  readonly bodies: ReadonlyMap<EventType, string>;
  /** What is deleted: all deliveries with the bodies of their events, or all that is stored. */
  readonly deletes: "nothing" | "deliveries" | "everything";
  /** Whether the record may be written later, with the next change: a crash may undo it. */
  readonly mayWait: boolean;
}

export const NO_CHANGES: Changes = {
  generation: null,
  deliveries: [],
  bodies: new Map(),
  deletes: "nothing",
  mayWait: false,
};

export function changesBetween(before: Life | null, after: Draft, mayWait = false): Changes {
  const previous = new Set(before?.deliveries);
  return {
    generation: after.generation === before?.generation ? null : after.generation,
    deliveries: after.deliveries.filter((delivery) => !previous.has(delivery)),
    bodies: after.bodies,
    // Deliveries go all together, with their generation.
    deletes: previous.size > 0 && after.deliveries.length === 0 ? "deliveries" : "nothing",
    mayWait,
  };
}

/** Whether a watcher would see no difference. */
export function isUnchanged({ generation, deliveries, deletes }: Changes): boolean {
  return generation === null && deliveries.length === 0 && deletes === "nothing";
}
