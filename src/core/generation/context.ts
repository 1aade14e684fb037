// What the rules need to know besides what is saved. It is passed in, so that the rules stay pure.

import type { Action } from "./action.ts";

/** An action under way. Known in memory alone: an object that dies takes its actions with it (docs/adr/0003-leases-in-memory.md). */
export interface Running {
  readonly action: Action;
  readonly begunAt: number;
  /** When it last made progress: its lease begins anew then. */
  readonly lastProgressAt: number;
}

export interface Context {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** In [0, 1): decides jitter. */
  readonly random: number;
  /** Never the same twice. */
  newDeliveryId(): string;
  /** The actions under way, by `actionKey`. */
  readonly running: ReadonlyMap<string, Running>;
  /** The newest slot of the polling grid that needs no poll, as the last step returned it; null in a new object. */
  readonly polledSlot: number | null;
  /** The time the alarm is set for; null when it is not set, undefined when a new object cannot know. */
  readonly alarmAt: number | null | undefined;
  /** How many deliveries this invocation of the object may still start. */
  readonly deliveriesLeft: number;
}

/** Enough to decide how long to wait. */
export type Timing = Pick<Context, "now" | "random">;

/** What the agenda depends on besides the record. A crash that loses it costs at most one repeated poll or attempt. */
export interface RuntimeState {
  readonly polledSlot: number;
  readonly running: Context["running"];
}
