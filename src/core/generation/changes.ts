// What a step writes: the differences between the life before and after it.

import type { EventType } from "../../contract/words.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import type { Draft } from "./draft.ts";
import type { Life } from "./life.ts";
import type { Generation } from "./record.ts";

/** Written atomically. */
export interface Changes {
  /** Null when unchanged. */
  readonly generation: Generation | null;
  /** New and changed deliveries. */
  readonly deliveries: readonly Delivery[];
  /** Bodies of events that got deliveries in this step. */
  readonly bodies: ReadonlyMap<EventType, string>;
  /** What to delete: all deliveries and event bodies, or everything that is stored. */
  readonly deletes: "nothing" | "deliveries" | "everything";
  /**
   * Whether the record may be written later, together with the next change: `briefly` if another step follows soon, and
   * `forever` if it need not be written at all. A crash may undo it.
   */
  readonly mayWait: false | "briefly" | "forever";
}

export const NO_CHANGES: Changes = {
  generation: null,
  deliveries: [],
  bodies: new Map(),
  deletes: "nothing",
  mayWait: false,
};

export function changesBetween(before: Life | null, after: Draft, mayWait: Changes["mayWait"] = false): Changes {
  const previous = new Set(before?.deliveries);
  return {
    generation: after.generation === before?.generation ? null : after.generation,
    deliveries: after.deliveries.filter((delivery) => !previous.has(delivery)),
    bodies: after.bodies,
    // Deliveries are only deleted all at once, with their generation.
    deletes: previous.size > 0 && after.deliveries.length === 0 ? "deliveries" : "nothing",
    mayWait,
  };
}

/** Whether watchers would see no difference. */
export function isUnchanged({ generation, deliveries, deletes }: Changes): boolean {
  return generation === null && deliveries.length === 0 && deletes === "nothing";
}
