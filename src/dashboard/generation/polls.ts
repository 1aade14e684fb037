// Computes when a generation was polled; the API reports only how often. Polls lie on a grid that starts when
// the job was submitted, so their number shows how many slots backoff skipped, but not which ones.

interface Polls {
  readonly since: string;
  readonly interval_seconds: number;
  readonly count: number;
}

interface Seen {
  /** When the count was read. */
  readonly loadedAt: number;
  readonly now: number;
  /** When polling ended; null while it continues. */
  readonly until: number | null;
}

export interface PollTicks {
  readonly count: number;
  readonly leftOut: number;
  /** `due`: became due after the count was read. `maybe`: made or skipped. */
  readonly ticks: readonly { readonly time: number; readonly state: "made" | "due" | "maybe" }[];
  /** Time of the next poll; null if there is none or its time is unknown. */
  readonly next: number | null;
}

/** More ticks would merge into one gray bar. */
const MOST_TICKS = 2_000;

export function pollTicks(polls: Polls | null, { loadedAt, now, until }: Seen): PollTicks {
  if (polls === null) return { count: 0, leftOut: 0, ticks: [], next: null };
  const since = Date.parse(polls.since);
  const intervalMs = polls.interval_seconds * 1000;
  const slotsBy = (time: number) => Math.max(0, Math.floor((time - since) / intervalMs));
  const told = slotsBy(until ?? loadedAt);
  const leftOut = Math.max(0, told - polls.count);
  // The browser's clock may be behind the server's.
  const known = until === null ? Math.max(told, polls.count) : told;
  // During backoff the next slots are unknown, so do not predict any.
  const slots = until === null && leftOut === 0 ? Math.max(known, slotsBy(now)) : known;
  const ticks = Array.from({ length: Math.min(slots, MOST_TICKS) }, (_, index) => {
    const state = leftOut > 0 ? "maybe" : index < known ? "made" : "due";
    return { time: since + (index + 1) * intervalMs, state } as const;
  });
  return {
    count: until === null ? slots - leftOut : polls.count,
    leftOut,
    ticks,
    next: until === null && leftOut === 0 ? since + (slots + 1) * intervalMs : null,
  };
}
