import type { Refusal, Standing } from "../queue/standing.ts";

/** Outbox to the line of the provider key: what it has acknowledged, and when to report next. */
export interface LineReport {
  /** Null if it has acknowledged nothing yet. */
  readonly acknowledged: Standing | null;
  /** Consecutive reports that the line did not answer. */
  readonly failures: number;
  readonly notBefore: number;
  /** The refusal that the line has yet to hear of, although the generation has ended. Absent if there is none. */
  readonly unreported?: Refusal;
}
