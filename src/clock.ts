/** The time and chance, handed to whoever needs them, so that tests can turn the one and fix the other. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
}

export const systemClock: Clock = { now: () => Date.now(), random: () => Math.random() };
