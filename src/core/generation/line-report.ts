import type { Standing } from "../queue/standing.ts";

/** Outbox to the line of the provider key: what it has acknowledged, and when to report next. */
export interface LineReport {
  /** Null if it has acknowledged nothing yet. */
  readonly acknowledged: Standing | null;
  /** Consecutive reports that the line did not answer. */
  readonly failures: number;
  readonly notBefore: number;
}
