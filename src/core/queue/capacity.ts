// How many jobs the provider takes at once, learned from what it accepts and refuses. A refusal while n places are held
// means that at most n fit. From then on, one more is tried once per poll interval, and further ones for as long as the
// provider accepts them. A refusal can also come from a limit on the rate of submissions. The difference shows in what
// helps: after a refusal, a free place or waiting alone.

/** The places of a line. All are counted from 0. */
export interface Places {
  /** Jobs at the provider, and submissions of unknown outcome. */
  readonly running: number;
  /** Turns that were granted and whose submission has not been answered. */
  readonly granted: number;
}

export interface Capacity {
  /** Places that may be held at once. Null until the provider has refused something. */
  readonly most: number | null;
  /** Whether the last answer of the provider was a refusal. */
  readonly isFull: boolean;
  /** Time of the last refusal; 0 if there was none. */
  readonly refusedAt: number;
  /** From this time on, one more than `most` may be tried. */
  readonly probeAt: number;
  /** Nothing is submitted before this time, because the provider said so in `Retry-After`. */
  readonly pausedUntil: number;
  /** Tries that may be refused sooner than one poll interval after the last refusal. At most {@link MOST_CREDIT}. */
  readonly credit: number;
  /** Submissions accepted since the last refusal. */
  readonly accepted: number;
  /** Average time between the submissions that were accepted between the last two refusals. */
  readonly paceMs: number;
  /** Whether a place was given back since the last refusal. */
  readonly hasFreed: boolean;
  /** Places added to `most` in the last poll interval, and when the last one was. */
  readonly grown: number;
  readonly grownAt: number;
  /** How often in a row waiting alone has helped after a refusal. */
  readonly helped: number;
  /** Shortest time between two submissions, while the rate is what limits them. 0 if it is not. */
  readonly gapMs: number;
  /** When the last turn was granted. */
  readonly grantedAt: number;
  /** Turns that may wait for the provider's answer at once. Falls when a place that should be free is refused. */
  readonly window: number;
}

export const UNKNOWN_CAPACITY: Capacity = {
  most: null,
  isFull: false,
  refusedAt: 0,
  probeAt: 0,
  pausedUntil: 0,
  credit: 1,
  accepted: 0,
  paceMs: 0,
  hasFreed: false,
  grown: 0,
  grownAt: 0,
  helped: 0,
  gapMs: 0,
  grantedAt: 0,
  window: 8,
};

/** Settings of the deployment. */
export interface CapacitySettings {
  /** Time between two probes, in milliseconds. */
  readonly intervalMs: number;
  /** PROVIDER_MAX_CONCURRENT; 0 if the number is learned. */
  readonly maxConcurrent: number;
}

/** Each accepted submission earns this much credit, so refused extra tries are at most a tenth of the accepted ones. */
const EARNED = 0.1;

/** Bounds the tries that are refused in a row after the provider has lowered its limit. */
const MOST_CREDIT = 3;

/** Longest `Retry-After` that holds up the line: the head of the line may be the only one to find out that it is over. */
const MAX_PAUSE_MS = 60 * 60_000;

/** Waiting must help this often in a row before the rate counts as the limit: places may be freed by others, too. */
const HELPED_OFTEN = 2;

/** How the time between submissions changes after each acceptance, after many in a row, and after a refusal. */
const FASTER = 0.97;
const MUCH_FASTER = 0.85;
const SLOWER = 1.5;
const A_BIT_SLOWER = 1.2;

/** More acceptances in a row than a pace close to the limit has. */
const MANY = 20;

/** How the window grows with each acceptance, and shrinks with a refusal. */
const WIDER = 0.25;
const NARROWER = 0.5;
const WIDEST = 1_000;

/** Cuts a pause short, so that somebody is tried at `lastTryAt`. @param lastTryAt null if nobody must be. */
export function withLastTry(capacity: Capacity, lastTryAt: number | null): Capacity {
  const isInPause = lastTryAt !== null && lastTryAt > capacity.refusedAt && lastTryAt < capacity.pausedUntil;
  return isInPause ? { ...capacity, pausedUntil: lastTryAt, probeAt: lastTryAt } : capacity;
}

/** How many turns may be granted now. */
export function grantable(capacity: Capacity, places: Places, settings: CapacitySettings, now: number): number {
  const { most, isFull, refusedAt, probeAt, pausedUntil, credit, accepted, gapMs, grantedAt, window } = capacity;
  const held = places.running + places.granted;
  const left = (settings.maxConcurrent === 0 ? Number.POSITIVE_INFINITY : settings.maxConcurrent) - held;
  if (left <= 0 || now < pausedUntil) return 0;
  const room = (most ?? Number.POSITIVE_INFINITY) - held;
  const isPaced = gapMs > 0 && now >= grantedAt + gapMs;
  if (isFull) {
    if (places.granted > 0) return 0;
    const isEarly = credit >= 1 && (room > 0 || isPaced || pausedUntil > refusedAt);
    return now >= probeAt || isEarly ? 1 : 0;
  }
  if (gapMs > 0) return isPaced ? 1 : 0;
  if (room > 0) return Math.max(0, Math.min(room, left, Math.floor(window) - places.granted));
  // Beyond what has fit before: one at a time, or a tenth of what was accepted in a row.
  const tries = Math.max(1, Math.floor(accepted * EARNED)) - places.granted;
  return now >= probeAt ? Math.max(0, Math.min(tries, left)) : 0;
}

/** The next time at which a turn may be granted if nothing else happens. Null if there is none. */
export function nextGrantAt(
  capacity: Capacity,
  places: Places,
  settings: CapacitySettings,
  now: number,
): number | null {
  const times = [capacity.pausedUntil, capacity.probeAt, capacity.grantedAt + capacity.gapMs];
  const later = times.filter((time) => time > now).sort((a, b) => a - b);
  return later.find((time) => grantable(capacity, places, settings, time) > 0) ?? null;
}

export function afterGrants(capacity: Capacity, now: number): Capacity {
  return { ...capacity, grantedAt: now };
}

/** @param places after it was accepted. */
export function afterAccepted(
  capacity: Capacity,
  places: Places,
  { intervalMs }: CapacitySettings,
  now: number,
): Capacity {
  const { most, isFull, hasFreed, gapMs, paceMs } = capacity;
  const held = places.running + places.granted;
  const hasGrown = most !== null && held > most;
  // Waiting alone has helped if no place was free as far as the line knew.
  const helped = !isFull || hasFreed ? capacity.helped : capacity.helped + 1;
  const isRate = isFull && helped >= HELPED_OFTEN && gapMs === 0;
  const recent = now - capacity.grownAt < intervalMs ? Math.min(capacity.grown, most ?? 0) : 0;
  return {
    ...capacity,
    most: hasGrown ? held : most,
    ...(hasGrown ? { grown: recent + held - most, grownAt: now } : {}),
    isFull: false,
    // A try in a pause has shown that the pause is over.
    ...(capacity.grantedAt > capacity.refusedAt ? withoutPause(capacity, intervalMs) : {}),
    accepted: capacity.accepted + 1,
    credit: Math.min(MOST_CREDIT, capacity.credit + EARNED),
    helped,
    gapMs: isRate ? Math.min(paceMs, intervalMs) : gapMs * (capacity.accepted > MANY ? MUCH_FASTER : FASTER),
    window: Math.min(WIDEST, capacity.window + WIDER),
  };
}

function withoutPause({ refusedAt, probeAt }: Capacity, intervalMs: number) {
  return { pausedUntil: refusedAt, probeAt: Math.min(probeAt, refusedAt + intervalMs) };
}

export interface CapacityRefusal {
  /** The provider's `Retry-After`; null if it sent none. */
  readonly retryAfterMs: number | null;
  /** When the turn of the refused submission was granted. */
  readonly grantedAt: number;
}

/** @param places after the refused one has given its place back. */
export function afterRefused(
  capacity: Capacity,
  { retryAfterMs, grantedAt }: CapacityRefusal,
  { places, settings, now }: { readonly places: Places; readonly settings: CapacitySettings; readonly now: number },
): Capacity {
  const { isFull, refusedAt, accepted, gapMs } = capacity;
  const held = places.running + places.granted;
  const most = Math.min(capacity.most ?? held, held);
  const pausedUntil = Math.max(capacity.pausedUntil, now + Math.min(retryAfterMs ?? 0, MAX_PAUSE_MS));
  // It was on its way when another one was refused, and says nothing new.
  if (isFull && grantedAt < refusedAt) return { ...capacity, most, pausedUntil, gapMs: gapMs * A_BIT_SLOWER };
  const isEarly = now < capacity.probeAt;
  const wasRoom = capacity.most !== null && held < capacity.most;
  const slower = gapMs * SLOWER;
  const isTooSlow = slower >= settings.intervalMs;
  return {
    ...capacity,
    most,
    pausedUntil,
    isFull: true,
    refusedAt: now,
    probeAt: Math.max(now + settings.intervalMs, pausedUntil),
    credit: isEarly ? capacity.credit - 1 : capacity.credit,
    accepted: 0,
    paceMs: accepted === 0 ? capacity.paceMs : (now - refusedAt) / accepted,
    hasFreed: false,
    window: wasRoom ? Math.max(1, Math.min(capacity.window, places.granted + 1) * NARROWER) : capacity.window,
    helped: isFull || isTooSlow ? 0 : capacity.helped,
    // Waiting no longer helps, so the rate is not the limit.
    gapMs: isFull || isTooSlow ? 0 : slower,
  };
}

/** A place was given back: its job has ended. */
export function afterFreed(capacity: Capacity, { intervalMs }: CapacitySettings, now: number): Capacity {
  const { most, grown, grownAt } = capacity;
  // A job's end is seen up to a poll interval late. What was accepted in that time took its place already.
  const wasTaken = most !== null && grown > 0 && now - grownAt < intervalMs;
  const taken = wasTaken ? { most: most - 1, grown: grown - 1 } : {};
  return { ...capacity, ...taken, hasFreed: true };
}
