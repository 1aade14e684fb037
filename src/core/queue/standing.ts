// What a generation and the line of its provider key tell each other.

import type { Position } from "../cursor.ts";

/**
 * Where a generation stands. `waiting`: it needs a turn. `running`: the provider has accepted its job. `unknown`: the
 * provider may have. `left`: it needs nothing more.
 */
export type Standing = "waiting" | "unknown" | "running" | "left";

/** The provider has refused a submission as too many. */
export interface Refusal {
  /** The provider's `Retry-After`; null if it sent none. */
  readonly retryAfterMs: number | null;
}

/** A generation tells its line where it stands. Repeated until the line answers; telling it twice changes nothing. */
export interface StandingReport extends Position {
  readonly account: string;
  /** Orders the reports of a generation: a lower version is older, even if it arrives later. */
  readonly version: number;
  readonly standing: Standing;
  /** With `waiting` or `left`: the provider has just refused its submission as too many. Otherwise null. */
  readonly refusal: Refusal | null;
  /** When a turn is granted even if the provider has asked for a longer wait: shortly before the deadline. */
  readonly lastTryAt: number;
  /** When the line may forget the generation if it hears nothing more, in milliseconds since the Unix epoch. */
  readonly until: number;
}

/** The line's answer. */
export interface StandingAnswer {
  /** With `waiting`: whether the generation has its turn now. */
  readonly isGranted: boolean;
  /** Whether anyone waits. */
  readonly hasLine: boolean;
}

/** A generation's place in the line, within its own account and mode. */
export interface QueuePlace {
  /** Counted from 1. */
  readonly position: number;
  readonly waiting: number;
  /** How long it may still wait, from how fast the line moves. Null while that is not known. */
  readonly remainingMs: number | null;
}
