// How many places may be held at once, if the number of jobs is what the provider limits. A refusal while n places are
// held means that at most n fit. Whatever is accepted beyond that shows that more fit.

/** The places of a line that are held. */
export interface Places {
  /** Jobs at the provider, and submissions of unknown outcome. */
  readonly running: number;
  /** Turns that were granted and whose submission has not been answered. */
  readonly granted: number;
}

export interface Concurrency {
  /** Places that fit, as far as known. Null until the provider has refused something. */
  readonly most: number | null;
  /** Turns that may wait for the provider's answer at once. Bounds how many are refused when the limit has fallen. */
  readonly window: number;
  /** When `most` grew by one, each time within the last poll interval, oldest first. At most {@link MOST_GROWN}. */
  readonly grownAt: readonly number[];
}

export const UNKNOWN_CONCURRENCY: Concurrency = { most: null, window: 8, grownAt: [] };

const MOST_GROWN = 100;

/** How the window grows with each acceptance, and shrinks when a place that should be free is refused. */
const WIDER = 0.25;
const NARROWER = 0.5;
const WIDEST = 1_000;

interface Time {
  readonly intervalMs: number;
  readonly now: number;
}

export function held({ running, granted }: Places): number {
  return running + granted;
}

/** Places that should be free. */
export function roomIn({ most }: Concurrency, places: Places): number {
  return most === null ? Number.POSITIVE_INFINITY : Math.max(0, most - held(places));
}

export function widened(concurrency: Concurrency, places: Places, { intervalMs, now }: Time): Concurrency {
  const { most, window, grownAt } = concurrency;
  const wider = { ...concurrency, window: Math.min(WIDEST, window + WIDER) };
  if (most === null || held(places) <= most) return wider;
  const more = Array<number>(held(places) - most).fill(now);
  const recent = [...grownAt.filter((time) => now - time < intervalMs), ...more].slice(-MOST_GROWN);
  return { ...wider, most: held(places), grownAt: recent };
}

/** Fewer turns at once than before. */
export function narrowerWindow({ window }: Concurrency): number {
  return Math.max(1, window * NARROWER);
}

export function narrowed(concurrency: Concurrency, places: Places): Concurrency {
  const { most, window } = concurrency;
  const hadRoom = most !== null && held(places) < most;
  return {
    ...concurrency,
    most: Math.min(most ?? held(places), held(places)),
    window: hadRoom ? Math.max(1, Math.min(window, places.granted + 1) * NARROWER) : window,
  };
}

/**
 * A place was given back. The end of a job is seen up to a poll interval late. If `most` has grown in that time, that was
 * because the place was free already, so it is not free any more.
 *
 * @returns null if nothing was accepted in its place.
 */
export function takenAgain(concurrency: Concurrency, { intervalMs, now }: Time): Concurrency | null {
  const { most, grownAt } = concurrency;
  const [first, ...later] = grownAt.filter((time) => now - time < intervalMs);
  return most === null || first === undefined ? null : { ...concurrency, most: most - 1, grownAt: later };
}
