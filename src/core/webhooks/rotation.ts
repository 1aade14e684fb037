// Secrets that rotate without downtime: for a day after a rotation, the old secret signs alongside the new one.

/** How long a replaced secret keeps signing. */
export const OVERLAP_MS = 24 * 60 * 60 * 1000;

/** Each retired secret lengthens every signature header. Beyond this number, the oldest stops signing early. */
const MAX_RETIRED = 5;

/** `T` is the secret, or the value it derives from. */
export interface Rotating<T> {
  readonly current: T;
  /** Newest first. */
  readonly retired: readonly { readonly value: T; readonly until: number }[];
}

export function unrotated<T>(value: T): Rotating<T> {
  return { current: value, retired: [] };
}

export function rotated<T>({ current, retired }: Rotating<T>, next: T, now: number): Rotating<T> {
  const replaced = { value: current, until: now + OVERLAP_MS };
  return { current: next, retired: [replaced, ...retired.filter(({ until }) => until > now)].slice(0, MAX_RETIRED) };
}

/** All values that sign at `now`, newest first. */
export function activeValues<T>({ current, retired }: Rotating<T>, now: number): readonly T[] {
  return [current, ...retired.filter(({ until }) => until > now).map(({ value }) => value)];
}
