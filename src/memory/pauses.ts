// How long waiters for memory pause between two tries.

import { Rate } from "./rate.ts";

const RETRY_MS = 100;

/**
 * Above this many tries a second, all waiters wait longer. Otherwise waiting copies starve the running ones: of 5,000
 * copies started together, some took more than two minutes.
 */
const TRIES_A_SECOND = 100;
const MAX_RETRY_MS = 5_000;

export class Pauses {
  readonly #tries = new Rate();

  /** The next pause. Grows with the number of tries: about 1 s with 1,000 waiters, 2 s with 4,000. */
  next(now: number): number {
    this.#tries.add(now);
    return Math.min(MAX_RETRY_MS, RETRY_MS * Math.max(1, this.#tries.perSecond(now) / TRIES_A_SECOND));
  }
}

export interface LenderDeps {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const SYSTEM: LenderDeps = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
