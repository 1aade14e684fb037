// The polls of a generation, which are too many to be told one by one: they lie on a grid that begins with the provider's
// acceptance, and their count tells how many of its slots backoff left out, but not which.

interface Polls {
  readonly since: string;
  readonly interval_seconds: number;
  readonly count: number;
}

interface Seen {
  /** When the count was true. */
  readonly loadedAt: number;
  readonly now: number;
  /** When polling ended; null while it goes on. */
  readonly until: number | null;
}

export interface PollTicks {
  readonly count: number;
  readonly leftOut: number;
  /** `due`: its time has come since the count was read. `maybe`: made, or left out. */
  readonly ticks: readonly { readonly time: number; readonly state: "made" | "due" | "maybe" }[];
  /** Null when there is none, or nobody knows when. */
  readonly next: number | null;
}

/** More would be one grey bar. */
const MOST_TICKS = 2_000;

export function pollTicks(polls: Polls | null, { loadedAt, now, until }: Seen): PollTicks {
  if (polls === null) return { count: 0, leftOut: 0, ticks: [], next: null };
  const since = Date.parse(polls.since);
  const intervalMs = polls.interval_seconds * 1000;
  const slotsBy = (time: number) => Math.max(0, Math.floor((time - since) / intervalMs));
  const told = slotsBy(until ?? loadedAt);
  const leftOut = Math.max(0, told - polls.count);
  // The clock here may be behind the server's.
  const known = until === null ? Math.max(told, polls.count) : told;
  // Under backoff nobody knows here which slots come next.
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
