// A generation as its object has it: what is saved, and what is only remembered.

import type { Delivery } from "./delivery.ts";
import type { Generation } from "./generation.ts";

/** All that is saved about one generation. */
export interface Life {
  readonly generation: Generation;
  readonly deliveries: readonly Delivery[];
}

/** What only the living object knows. Losing it in a crash costs at most one repeated poll or attempt. */
export interface Memory {
  /** The newest slot of the polling grid that needs no poll any more. */
  readonly polledSlot: number;
  /** Keys of the actions under way (see `actionKey`). */
  readonly running: ReadonlySet<string>;
}
