// How fast submissions may follow each other, if their rate is what the provider limits. The rate is known to be the
// limit once waiting alone has helped twice: a submission was refused, no place was given back, and a later one was
// accepted. From then on there is a gap between submissions. Each acceptance makes it a little shorter, and a refusal
// longer.

export interface Pace {
  /** Time between two submissions. 0 while the rate is not known to be the limit. */
  readonly gapMs: number;
  /** Whether a submission was refused with this gap or a longer one, so that it is close to the limit. */
  readonly isClose: boolean;
  /** How often in a row waiting alone has helped after a refusal. */
  readonly helped: number;
  /** Refusals in a row. */
  readonly refused: number;
  /** When the first submission since the last refusal was accepted. */
  readonly runFrom: number;
  /** Average time between the submissions that were accepted between the last two refusals. */
  readonly runGapMs: number;
}

export const UNKNOWN_PACE: Pace = { gapMs: 0, isClose: false, helped: 0, refused: 0, runFrom: 0, runGapMs: 0 };

/** Places may also be freed by other users of the key, so once is not enough. */
const HELPED_OFTEN = 2;

/** Shortest time over which a provider is assumed to count. */
const SHORTEST_PERIOD_MS = 1_000;

/** Turns of this time may be granted at once, because alarms come late. */
const MOST_AT_ONCE_MS = 100;

/** With a shorter gap than this, the rate is not the limit any more. */
const SHORTEST_GAP_MS = 5;

/** How the gap changes with each acceptance if it is close to the limit, with each if it is not, and with a refusal. */
const FASTER = 0.99;
const MUCH_FASTER = 0.93;
const SLOWER = 1.25;

/** After more acceptances in a row than this, the gap is not close to the limit any more. */
const MANY = 40;

/** How long to wait after a refusal: the provider may count over a longer time than the gap. Null without a pace. */
export function recoveryMs({ gapMs, refused }: Pace, intervalMs: number): number | null {
  if (gapMs === 0) return null;
  return Math.min(intervalMs, SHORTEST_PERIOD_MS * 2 ** Math.min(refused - 1, 20));
}

/** How many submissions may follow the last one, which left `sinceMs` ago. Unused turns are not saved up for later. */
export function turnsInPace({ gapMs }: Pace, sinceMs: number): number {
  return Math.floor(Math.min(sinceMs, Math.max(gapMs, MOST_AT_ONCE_MS)) / gapMs);
}

interface Acceptance {
  /** Whether the answer before was a refusal, and no place was given back since. */
  readonly hasWaitingHelped: boolean;
  /** Submissions accepted since the last refusal, with this one. */
  readonly accepted: number;
  readonly now: number;
}

export function faster(pace: Pace, { hasWaitingHelped, accepted, now }: Acceptance): Pace {
  const helped = pace.helped + (hasWaitingHelped ? 1 : 0);
  const isFound = pace.gapMs === 0 && hasWaitingHelped && helped >= HELPED_OFTEN;
  const gapMs = isFound ? pace.runGapMs : pace.gapMs * (pace.isClose && accepted <= MANY ? FASTER : MUCH_FASTER);
  return {
    ...pace,
    gapMs: gapMs < SHORTEST_GAP_MS ? 0 : gapMs,
    helped,
    refused: 0,
    runFrom: accepted === 1 ? now : pace.runFrom,
  };
}

interface Rejection {
  /** Whether it came after a whole poll interval without a submission. */
  readonly hasWaited: boolean;
  /** Submissions accepted since the refusal before. */
  readonly accepted: number;
  readonly now: number;
}

export function slower(pace: Pace, { hasWaited, accepted, now }: Rejection): Pace {
  const refused = pace.refused + 1;
  const runGapMs = accepted === 0 ? pace.runGapMs : Math.max(SHORTEST_PERIOD_MS, now - pace.runFrom) / accepted;
  // Waiting does not help, so the rate is not the limit.
  if (hasWaited && refused > 1) return { ...UNKNOWN_PACE, refused, runGapMs };
  const gapMs = refused === 1 ? pace.gapMs * SLOWER : pace.gapMs;
  return { ...pace, gapMs, isClose: gapMs > 0, refused, runGapMs };
}
