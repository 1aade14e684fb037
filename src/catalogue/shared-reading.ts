// Reads one thing at a time, for all who want it.

import type { Clock } from "../clock.ts";
import { reasonOf } from "../core/generation/errors.ts";

/** So that a catalogue that does not answer delays at most the callers of one reading a minute. */
const PAUSE_AFTER_FAILURE_MS = 60_000;

export class SharedReading {
  readonly #clock: Clock;
  readonly #read: () => Promise<string | null>;
  #running: Promise<void> | null = null;
  #failure: { readonly at: number; readonly message: string } | null = null;

  /** @param read returns why it failed, or null. */
  constructor(clock: Clock, read: () => Promise<string | null>) {
    this.#clock = clock;
    this.#read = read;
  }

  /** Why the last reading failed; null if it did not. */
  get problem(): string | null {
    return this.#failure?.message ?? null;
  }

  /** Starts to read, or joins those who wait already. Null during the pause after a failure. */
  start(): Promise<void> | null {
    if (this.#running !== null) return this.#running;
    const { now } = this.#clock;
    if (this.#failure !== null && Math.abs(now() - this.#failure.at) < PAUSE_AFTER_FAILURE_MS) return null;
    this.#running = this.#read()
      .catch(reasonOf)
      .then((message) => {
        this.#failure = message === null ? null : { at: now(), message };
        this.#running = null;
      });
    return this.#running;
  }
}
