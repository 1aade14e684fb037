// Stretches the polls of a job when the provider refuses them as too many. A refusal doubles the time between two polls,
// and each usable answer shortens it a little, unless polls must make room: while others wait in line and polls of the
// same key are refused, a usable answer doubles it, too, so that submissions go first and all jobs share the loss. Polls
// stay on the grid, and nothing is written while they are not stretched.

import type { Timing } from "./context.ts";
import { type Grid, slotAt } from "./grid.ts";
import type { Polling } from "./record.ts";

/** Longest time between two polls, unless the configured one is longer. */
const MOST_MS = 60_000;

const LONGER = 2;
const SHORTER = 0.95;

/** After a refusal. */
export function stretched(polling: Polling, { intervalMs }: Grid): Polling {
  const stretchedMs = Math.min((polling.stretchedMs ?? intervalMs) * LONGER, MOST_MS);
  return stretchedMs > intervalMs ? { ...polling, stretchedMs } : polling;
}

interface Answered {
  readonly slot: number;
  readonly mustYield?: boolean;
}

/** After a usable answer. */
export function afterUsable(
  polling: Polling,
  { slot, mustYield = false }: Answered,
  grid: Grid,
  timing: Timing,
): Polling {
  const after = mustYield ? stretched(polling, grid) : relaxed(polling, grid);
  if (after.stretchedMs === undefined) return after;
  return resumedAt(after, { slot, resumeSlot: stretchedSlot(after, grid, timing) }, grid, timing.now);
}

function relaxed(polling: Polling, { intervalMs }: Grid): Polling {
  const { stretchedMs, ...unstretched } = polling;
  if (stretchedMs === undefined) return polling;
  const shorterMs = stretchedMs * SHORTER;
  return shorterMs > intervalMs ? { ...polling, stretchedMs: shorterMs } : unstretched;
}

/** The slot of the next poll. Rounded up or down by chance, so that the average time between two polls is exact. */
export function stretchedSlot({ stretchedMs }: Polling, grid: Grid, { now, random }: Timing): number {
  return stretchedMs === undefined ? 0 : slotAt(grid, now + stretchedMs + random * grid.intervalMs);
}

/** Skips the slots between the answered poll and the next one. */
export function resumedAt(
  polling: Polling,
  poll: { readonly slot: number; readonly resumeSlot: number },
  grid: Grid,
  now: number,
): Polling {
  // A poll that was sent before a cancel has a slot number of the finer grid that applied then.
  const answered = Math.min(poll.slot, slotAt(grid, now));
  const resumeSlot = Math.max(answered + 1, poll.resumeSlot);
  // A poll at the deadline can come before the slot at which the last wait ends.
  const polled = Math.max(answered, polling.resumeSlot) - polling.skippedSlots;
  return { ...polling, resumeSlot, skippedSlots: resumeSlot - 1 - polled };
}
