// Secrets that can be changed without a moment in which receivers refuse: for a day the old one signs beside the new.

/** How long a secret that was replaced goes on signing. */
export const OVERLAP_MS = 24 * 60 * 60 * 1000;

/** Each one makes every signature header longer; more than these, and the oldest stop before their day is over. */
const MAX_RETIRED = 5;

/** `T` is the secret, or whatever it derives from. */
export interface Rotating<T> {
  readonly current: T;
  /** The newest first. */
  readonly retired: readonly { readonly value: T; readonly until: number }[];
}

export function unrotated<T>(value: T): Rotating<T> {
  return { current: value, retired: [] };
}

export function rotated<T>({ current, retired }: Rotating<T>, next: T, now: number): Rotating<T> {
  const replaced = { value: current, until: now + OVERLAP_MS };
  return { current: next, retired: [replaced, ...retired.filter(({ until }) => until > now)].slice(0, MAX_RETIRED) };
}

/** All that sign at `now`, the newest first. */
export function activeValues<T>({ current, retired }: Rotating<T>, now: number): readonly T[] {
  return [current, ...retired.filter(({ until }) => until > now).map(({ value }) => value)];
}
