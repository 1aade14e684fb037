// A clock that was set back. What a line has learned then moves back with it, so that waits do not become longer.

import type { Capacity } from "./capacity.ts";

/** How far the clock was set back, at least, since the last refusal and the last turn. 0 if it was not. */
export function setBackMs({ refusedAt, grantedAt }: Capacity, now: number): number {
  return Math.max(0, refusedAt - now, grantedAt - now);
}

export function movedBack(capacity: Capacity, ms: number): Capacity {
  const { concurrency, pace, refusedAt, probeAt, pausedUntil, grantedAt } = capacity;
  return {
    ...capacity,
    concurrency: { ...concurrency, grownAt: concurrency.grownAt.map((time) => time - ms) },
    pace: { ...pace, runFrom: pace.runFrom - ms },
    refusedAt: refusedAt - ms,
    probeAt: probeAt - ms,
    pausedUntil: pausedUntil - ms,
    grantedAt: grantedAt - ms,
  };
}
