// Maps times to positions on the timeline, in percent of its width. The chart is to scale from acceptance until shortly
// after the end. Attempts after that, up to days later, are drawn in order behind a break.

export interface Span {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly durationMs: number;
}

export interface Place {
  readonly left: number;
  readonly width: number;
}

export interface Scale {
  /** Position of a time on the scaled part. */
  at(time: number): number;
  of(span: Span): Place;
  /** Position of the break; null if there are no late attempts. */
  readonly breakAt: number | null;
  /** Milliseconds since `begin`. */
  readonly ticks: readonly number[];
}

interface Drawn {
  readonly begin: number;
  readonly end: number;
  readonly attempts: readonly Span[];
}

/** Attempts are to scale up to this long after the end, or up to this part of the total time if that is longer. */
const SOON_MS = 10_000;
const SOON_PART = 0.25;

/** In percent: end of the scaled part and start of the late attempts, if there is a break. */
const SCALED = 78;
const LATER = 82;

const MOST_TICKS = 6;

export function scaleOf({ begin, end, attempts }: Drawn): Scale {
  const soon = end + Math.max(SOON_MS, (end - begin) * SOON_PART);
  const isLate = ({ at }: Span) => at > soon;
  const last = Math.max(end, ...attempts.filter((each) => !isLate(each)).map(({ at, durationMs }) => at + durationMs));
  const late = [...new Set(attempts.filter(isLate).map(({ at }) => at))].sort((a, b) => a - b);
  const width = late.length === 0 ? 100 : SCALED;
  const at = (time: number) => (Math.min(Math.max(time - begin, 0), last - begin) / (last - begin)) * width;
  return {
    at,
    of: (span) =>
      isLate(span)
        ? { left: LATER + ((late.indexOf(span.at) + 0.5) / late.length) * (100 - LATER), width: 0 }
        : { left: at(span.at), width: at(span.at + span.durationMs) - at(span.at) },
    breakAt: late.length === 0 ? null : (SCALED + LATER) / 2,
    ticks: ticksOf(last - begin),
  };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Round steps of seconds and minutes. */
const STEPS = [SECOND, MINUTE].flatMap((unit) => [1, 2, 5, 10, 20, 30].map((count) => count * unit));
const LARGE_STEPS = [HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY];

function ticksOf(length: number): number[] {
  const step = [...STEPS, ...LARGE_STEPS].find((each) => length / each <= MOST_TICKS) ?? length / MOST_TICKS;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}
