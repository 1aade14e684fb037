// How many turns may be granted, learned from what the provider accepts and refuses. After a refusal the provider counts
// as full, and a single submission tries whether it still is: once per poll interval (the probe), or earlier if something
// suggests that it helps, and the line has credit for a refusal. Once one is accepted, more follow: as many as places
// should be free (concurrency.ts), beyond that one after the other, or one for each gap if the rate is the limit (pace.ts).

import {
  type Concurrency,
  held,
  narrowed,
  narrowerWindow,
  type Places,
  roomIn,
  takenAgain,
  UNKNOWN_CONCURRENCY,
  widened,
} from "./concurrency.ts";
import { faster, type Pace, recoveryMs, slower, turnsInPace, UNKNOWN_PACE } from "./pace.ts";

export interface Capacity {
  readonly concurrency: Concurrency;
  readonly pace: Pace;
  /** Whether the last answer of the provider was a refusal. */
  readonly isFull: boolean;
  /** Time of the last refusal; 0 if there was none. */
  readonly refusedAt: number;
  /** From this time on, a turn may be granted although the provider is full, or no place should be free. */
  readonly probeAt: number;
  /** Nothing is submitted before this time: `Retry-After` said so, or the outcome of a submission is unknown. */
  readonly pausedUntil: number;
  /** Submissions in a row whose outcome is unknown. */
  readonly unknown: number;
  /** Tries before `probeAt` that may still be refused. */
  readonly credit: number;
  /** Submissions accepted since the last refusal. */
  readonly accepted: number;
  /** Whether a place was given back since the last refusal. */
  readonly hasFreed: boolean;
  /** When the last turn was granted. */
  readonly grantedAt: number;
}

export const UNKNOWN_CAPACITY: Capacity = {
  concurrency: UNKNOWN_CONCURRENCY,
  pace: UNKNOWN_PACE,
  isFull: false,
  refusedAt: 0,
  probeAt: 0,
  pausedUntil: 0,
  unknown: 0,
  credit: 1,
  accepted: 0,
  hasFreed: false,
  grantedAt: 0,
};

/** Settings of the deployment. */
export interface CapacitySettings {
  /** Time between two probes, in milliseconds. */
  readonly intervalMs: number;
  /** PROVIDER_MAX_CONCURRENT; 0 if the number is learned. */
  readonly maxConcurrent: number;
}

/** What is not learned, but read when a rule applies. */
export interface Situation {
  readonly places: Places;
  readonly settings: CapacitySettings;
  readonly now: number;
}

/** Each accepted submission earns this much credit, so refused early tries are at most a tenth of the accepted ones. */
const EARNED = 0.1;

/** Bounds the early tries that are refused in a row. */
const MOST_CREDIT = 3;

/** Longest `Retry-After` that holds up the line: only a try shows that it is over. */
const MAX_PAUSE_MS = 60 * 60_000;

/** Longest pause while outcomes are unknown. */
const MAX_UNKNOWN_PAUSE_MS = 60_000;

/** How many turns may be granted now. */
export function grantable(capacity: Capacity, { places, settings, now }: Situation): number {
  const { concurrency, pace, isFull, probeAt, pausedUntil, accepted, grantedAt } = capacity;
  const allowed = settings.maxConcurrent === 0 ? Number.POSITIVE_INFINITY : settings.maxConcurrent - held(places);
  if (allowed <= 0 || now < pausedUntil) return 0;
  const mayProbe = now >= probeAt;
  if (isFull) {
    // A submission whose answer takes long does not hold up the probes.
    const isAwaited = places.granted > 0 && now < grantedAt + settings.intervalMs;
    const mayTry = mayProbe || (places.granted === 0 && now >= earlyTryAt(capacity, places, settings));
    return mayTry && !isAwaited ? 1 : 0;
  }
  if (pace.gapMs > 0) {
    const gapMs = gapIn(pace, settings);
    return Math.max(0, Math.min(allowed, turnsInPace({ ...pace, gapMs }, now - grantedAt)));
  }
  const room = roomIn(concurrency, places);
  if (room > 0) return Math.max(0, Math.min(room, allowed, Math.floor(concurrency.window) - places.granted));
  // Beyond what has fit before: one at a time, or a tenth of what was accepted in a row.
  const more = Math.max(1, Math.floor(accepted * EARNED)) - places.granted;
  return mayProbe ? Math.max(0, Math.min(more, allowed)) : 0;
}

/** Even if the pace is wrong, there is a try once per poll interval. */
function gapIn({ gapMs }: Pace, { intervalMs }: CapacitySettings): number {
  return Math.min(gapMs, intervalMs);
}

/** When a try before the probe may help, after a refusal. Infinity if nothing suggests that, or there is no credit. */
function earlyTryAt(capacity: Capacity, places: Places, { intervalMs }: CapacitySettings): number {
  const { concurrency, pace, refusedAt, pausedUntil, credit } = capacity;
  if (credit < 1) return Number.POSITIVE_INFINITY;
  const isTold = pausedUntil > refusedAt;
  if (isTold) return pausedUntil;
  const waitMs = recoveryMs(pace, intervalMs);
  if (waitMs !== null) return refusedAt + waitMs;
  return roomIn(concurrency, places) > 0 ? refusedAt : Number.POSITIVE_INFINITY;
}

/** The next time at which a turn may be granted if nothing else happens. Null if there is none. */
export function nextGrantAt(capacity: Capacity, { places, settings, now }: Situation): number | null {
  const { pace, pausedUntil, probeAt, grantedAt } = capacity;
  // Rounded up, because a sum with a fraction may be a little too small: nothing could be granted at that time.
  const nextInPace = grantedAt + Math.ceil(gapIn(pace, settings));
  const patienceEnd = grantedAt + settings.intervalMs;
  const times = [pausedUntil, probeAt, nextInPace, patienceEnd, earlyTryAt(capacity, places, settings)];
  const later = times.filter((time) => time > now && Number.isFinite(time)).sort((a, b) => a - b);
  return later.find((time) => grantable(capacity, { places, settings, now: time }) > 0) ?? null;
}

/** Cuts a pause short, so that somebody is tried at `lastTryAt`. @param lastTryAt null if nobody must be. */
export function withLastTry(capacity: Capacity, lastTryAt: number | null): Capacity {
  const isInPause = lastTryAt !== null && lastTryAt > capacity.refusedAt && lastTryAt < capacity.pausedUntil;
  return isInPause ? { ...capacity, pausedUntil: lastTryAt, probeAt: lastTryAt } : capacity;
}

export function afterGrants(capacity: Capacity, now: number): Capacity {
  return { ...capacity, grantedAt: now };
}

/** A turn was granted to a generation that had left: nothing was submitted, so the next turn need not keep the gap. */
export function afterUnused(capacity: Capacity, { settings, now }: Situation): Capacity {
  const { pace, grantedAt } = capacity;
  if (pace.gapMs === 0) return capacity;
  return { ...capacity, grantedAt: Math.min(grantedAt, now - Math.ceil(gapIn(pace, settings))) };
}

/**
 * The first joins the line. Between two lines, accepted submissions are not reported, so the time between two refusals
 * says nothing about the rate that the provider allows.
 */
export function atLineStart(capacity: Capacity): Capacity {
  return { ...capacity, pace: { ...capacity.pace, helped: 0 } };
}

/** A submission was accepted. `places` are those after it. */
export function afterAccepted(capacity: Capacity, { places, settings, now }: Situation): Capacity {
  const { isFull, hasFreed, refusedAt, grantedAt, pausedUntil, probeAt } = capacity;
  const { intervalMs } = settings;
  const accepted = capacity.accepted + 1;
  const hasTried = grantedAt > refusedAt;
  return {
    ...capacity,
    concurrency: widened(capacity.concurrency, places, { intervalMs, now }),
    pace: faster(capacity.pace, { hasWaitingHelped: isFull && !hasFreed, accepted, now }),
    isFull: false,
    unknown: 0,
    accepted,
    credit: Math.min(MOST_CREDIT, capacity.credit + EARNED),
    // A try in a pause has shown that the pause is over.
    pausedUntil: hasTried ? Math.min(pausedUntil, refusedAt) : pausedUntil,
    probeAt: hasTried ? Math.min(probeAt, refusedAt + intervalMs) : probeAt,
  };
}

export interface CapacityRefusal {
  /** The provider's `Retry-After`; null if it sent none. */
  readonly retryAfterMs: number | null;
  /** When the turn of the refused submission was granted. */
  readonly grantedAt: number;
}

/** A submission was refused as one too many. `places` are those after it has given its place back. */
export function afterRefused(
  capacity: Capacity,
  { retryAfterMs, grantedAt }: CapacityRefusal,
  { places, settings, now }: Situation,
): Capacity {
  const { isFull, refusedAt, probeAt, credit, accepted } = capacity;
  const concurrency = narrowed(capacity.concurrency, places);
  const pauseMs = Math.min(retryAfterMs ?? 0, MAX_PAUSE_MS);
  const pausedUntil = pauseMs > 0 ? Math.max(capacity.pausedUntil, now + pauseMs) : capacity.pausedUntil;
  // It was on its way when another one was refused, and says nothing new.
  if (isFull && grantedAt < refusedAt) {
    const { most } = concurrency;
    return { ...capacity, concurrency: { ...capacity.concurrency, most }, pausedUntil };
  }
  const isProbe = now >= probeAt;
  return {
    ...capacity,
    concurrency,
    pace: slower(capacity.pace, { hasWaited: isFull && isProbe, accepted, now }),
    isFull: true,
    unknown: 0,
    refusedAt: now,
    probeAt: Math.max(now + settings.intervalMs, pausedUntil),
    pausedUntil,
    credit: isProbe ? credit : credit - 1,
    accepted: 0,
    hasFreed: false,
  };
}

/**
 * The provider may have accepted a submission. If it fails or hangs, the next outcomes are unknown, too, and none of these
 * generations can be submitted again: so the line pauses, longer with each in a row.
 */
export function afterUnknown(capacity: Capacity, { settings: { intervalMs }, now }: Situation): Capacity {
  const { concurrency, unknown, pausedUntil } = capacity;
  const pauseMs = Math.max(intervalMs, Math.min(intervalMs * 2 ** Math.max(0, unknown - 1), MAX_UNKNOWN_PAUSE_MS));
  return {
    ...capacity,
    concurrency: { ...concurrency, window: narrowerWindow(concurrency) },
    unknown: Math.min(unknown + 1, 20),
    pausedUntil: Math.max(pausedUntil, now + pauseMs),
  };
}

/** A place was given back: its job has ended. */
export function afterFreed(capacity: Capacity, { settings: { intervalMs }, now }: Situation): Capacity {
  const { concurrency, pace } = capacity;
  const taken = takenAgain(concurrency, { intervalMs, now });
  if (taken === null) return { ...capacity, hasFreed: true };
  // What looked as if waiting alone had helped was a job that had ended.
  const helped = Math.max(0, pace.helped - 1);
  return { ...capacity, concurrency: taken, pace: { ...pace, helped }, hasFreed: true };
}
