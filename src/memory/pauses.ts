// How long waiters for memory pause between two tries.

const RETRY_MS = 100;

/**
 * Above this many tries a second, all waiters wait longer. Otherwise waiting copies starve the running ones: of 5,000
 * copies started together, some took more than two minutes.
 */
const TRIES_A_SECOND = 100;
export const MAX_RETRY_MS = 5_000;

export class Pauses {
  /** Number of tries in this second and in the one before. */
  #tries = { second: 0, count: 0, before: 0 };

  /** The next pause. Grows with the number of tries: about 1 s with 1,000 waiters, 2 s with 4,000. */
  next(now: number): number {
    const second = Math.floor(now / 1000);
    if (second !== this.#tries.second) {
      const before = second === this.#tries.second + 1 ? this.#tries.count : 0;
      this.#tries = { second, count: 0, before };
    }
    this.#tries.count++;
    const most = Math.max(this.#tries.count, this.#tries.before);
    return Math.min(MAX_RETRY_MS, RETRY_MS * Math.max(1, most / TRIES_A_SECOND));
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
