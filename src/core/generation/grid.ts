// Polls lie on a grid that starts when the job is submitted, or accepted if that took longer than an interval: slot n is
// due n intervals later, whatever happened to earlier slots. A late poll therefore delays no other, and the number of polls needs no counter.

export interface Grid {
  readonly startedAt: number;
  readonly intervalMs: number;
}

/** The newest slot that is due at `now`; 0 during the first interval. */
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
