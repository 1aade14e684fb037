// What the rules need in addition to the stored life: time, randomness, ids and the object's state in memory. It is
// passed in, so that the rules stay pure.

import type { Action } from "./action.ts";

/** An action under way. Kept in memory only, so it ends with its object (docs/adr/0003-leases-in-memory.md). */
export interface Running {
  readonly action: Action;
  readonly begunAt: number;
  /** Time of the last progress, from which the lease is measured. */
  readonly lastProgressAt: number;
}

export interface Context {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** In [0, 1); determines the jitter. */
  readonly random: number;
  /** Returns a new unique id. */
  newDeliveryId(): string;
  /** The actions under way, by `actionKey`. */
  readonly running: ReadonlyMap<string, Running>;
  /** The newest slot of the polling grid that needs no poll, from the last step's result; null in a new object. */
  readonly polledSlot: number | null;
  /** The time the alarm is set for. Null: not set. Undefined: unknown, in a new object or because it may be lost. */
  readonly alarmAt: number | null | undefined;
  /** How many more deliveries this invocation of the object may start. */
  readonly deliveriesLeft: number;
  /** Whether others are known to wait in line for the provider. A new generation then joins them. */
  readonly hasLine: boolean;
}

/** The part of the context that determines wait times. */
export type Timing = Pick<Context, "now" | "random">;

/** State outside the record that the agenda depends on. Losing it in a crash repeats at most one poll or attempt. */
export interface RuntimeState {
  readonly polledSlot: number;
  readonly running: Context["running"];
  readonly hasLine: boolean;
}
