// Measures how fast a source sends. A copy holds memory until its source has sent everything, so a few sources that
// send a byte now and then could keep all other copies in the isolate waiting for a day.

/** A source that is slower than this gives up its memory if another copy waits for it. */
export const LEAST_BYTES_PER_SECOND = 64 * 1024;

/** Time over which the speed is measured. */
const WINDOW_MS = 60_000;

export class Pace {
  readonly #now: () => number;
  #since: number;
  #bytes = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** Counts bytes that have arrived. @returns whether the source was too slow over the last minute. */
  add(bytes: number): boolean {
    this.#bytes += bytes;
    const ms = this.#now() - this.#since;
    if (ms < WINDOW_MS) return false;
    const isSlow = this.#bytes < (LEAST_BYTES_PER_SECOND * ms) / 1000;
    this.#since += ms;
    this.#bytes = 0;
    return isSlow;
  }

  /** Excludes time in which nothing was read. */
  exclude(ms: number): void {
    this.#since += ms;
  }
}
