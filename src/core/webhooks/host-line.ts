// The line of deliveries to a webhook host that has lately refused or timed out. Without it, a host that comes back
// would get everything that has waited for it at once. A host that answers has no line.

export interface HostLine {
  /** Time of this state. */
  readonly at: number;
  /** The next turn to give. */
  readonly nextTurn: number;
  /** Each delivery sent occupies the host for one turn. This is when the last of these turns ends. */
  readonly busyUntil: number;
  /** Time of the last failure. */
  readonly failedAt: number;
  /** Answers that the host must give before its line closes. */
  readonly answersOwed: number;
}

/** A host that has not failed for this long has no line. */
const FAILURE_MEMORY_MS = 5 * 60_000;

/** Answers that make up for one failure. A busy host that fails one attempt in twenty is hardly slowed down by its line. */
const ANSWERS_PER_FAILURE = 10;

/** After a long outage, the line ends after this many answers: a minute's worth, with the default rate. */
const MOST_ANSWERS_OWED = 600;

/** A second's worth of turns may be taken at once. */
const AT_ONCE_MS = 1_000;

/** Another second's worth may be made up for at once if deliveries come late for their turns. */
const LATE_MS = 1_000;

/**
 * Longest wait for a turn. If the line is longer, deliveries do not join it, and only the schedule spreads them: a host
 * that gets more events than its line lets through would otherwise fall behind without end.
 */
export const MOST_WAIT_MS = 60 * 60_000;

const SECOND_MS = 1_000;

/** Statuses of a host, or of a proxy in front of it, that cannot take the request now. */
const REFUSALS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Whether the host refused the attempt, or did not answer. @param status null without an answer. */
export function isHostFailure(status: number | null): boolean {
  return status === null || REFUSALS.has(status);
}

/** The line after an attempt. @param line null for a host without one. @returns null once the host needs none. */
export function afterAnswer(line: HostLine | null, isFailure: boolean, now: number): HostLine | null {
  if (line === null) {
    if (!isFailure) return null;
    return { at: now, nextTurn: now, busyUntil: now, failedAt: now, answersOwed: ANSWERS_PER_FAILURE };
  }
  const current = atTime(line, now);
  if (!isFailure) return orEnded({ ...current, answersOwed: Math.max(0, current.answersOwed - 1) });
  const owed = isOpen(current) ? current.answersOwed : 0;
  return { ...current, failedAt: now, answersOwed: Math.min(owed + ANSWERS_PER_FAILURE, MOST_ANSWERS_OWED) };
}

/** Whether deliveries to the host take turns. */
export function isOpen({ at, failedAt, answersOwed }: HostLine): boolean {
  return answersOwed > 0 && at - failedAt < FAILURE_MEMORY_MS;
}

export interface Turn {
  readonly line: HostLine;
  /** When the delivery may be sent. Null: now. */
  readonly turnAt: number | null;
}

/**
 * Asks for a turn. The first deliveries are sent at once. Each later one gets a turn of its own, and is sent when it
 * comes back at that time.
 *
 * @param turnAt the turn that the delivery was given earlier, or null. If too many come late, they get new turns.
 * @param perSecond turns per second.
 */
export function takeTurn(
  line: HostLine,
  { turnAt, perSecond, now }: { turnAt: number | null; perSecond: number; now: number },
): Turn {
  const current = atTime(line, now);
  const shareMs = SECOND_MS / perSecond;
  const isNext = turnAt !== null || current.nextTurn <= now;
  const mostAheadMs = AT_ONCE_MS + (turnAt === null ? 0 : LATE_MS);
  if (isNext && current.busyUntil - now < mostAheadMs) {
    return { line: { ...current, busyUntil: Math.max(current.busyUntil, now) + shareMs }, turnAt: null };
  }
  const given = Math.max(current.nextTurn, current.busyUntil, now);
  if (given - now > MOST_WAIT_MS) return { line: current, turnAt: null };
  return { line: { ...current, nextTurn: given + shareMs }, turnAt: Math.ceil(given) };
}

/** The line now. Null once it is closed and all of its turns have passed. */
export function lineAt(line: HostLine, now: number): HostLine | null {
  return orEnded(atTime(line, now));
}

/** If the clock is set back, the line moves with it, so that waits do not become longer. */
function atTime(line: HostLine, now: number): HostLine {
  const backMs = Math.max(0, line.at - now);
  const { nextTurn, busyUntil, failedAt } = line;
  return {
    ...line,
    at: now,
    nextTurn: nextTurn - backMs,
    busyUntil: busyUntil - backMs,
    failedAt: failedAt - backMs,
  };
}

/** A closed line is kept until its turns have passed: if the host fails again, new turns come after them. */
function orEnded(line: HostLine): HostLine | null {
  return isOpen(line) || line.nextTurn > line.at ? line : null;
}
