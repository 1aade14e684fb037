// Polls lie on a grid from the moment the provider accepted: slot n is due n intervals later, whatever happened to the
// slots before it. A late poll therefore moves no later one, and the count of polls needs no counter.

export interface Grid {
  readonly startedAt: number;
  readonly intervalMs: number;
}

/** The newest slot that has come by `now`; 0 until the first interval is over. */
export function slotAt({ startedAt, intervalMs }: Grid, now: number): number {
  return Math.max(0, Math.floor((now - startedAt) / intervalMs));
}

export function slotTime({ startedAt, intervalMs }: Grid, slot: number): number {
  return startedAt + slot * intervalMs;
}

/** The first slot at or after `time`. */
export function slotFrom({ startedAt, intervalMs }: Grid, time: number): number {
  return Math.max(0, Math.ceil((time - startedAt) / intervalMs));
}
