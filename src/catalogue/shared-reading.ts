// Shares one read among all concurrent callers, and pauses after a failed one.

import type { Clock } from "../clock.ts";
import { reasonOf } from "../core/generation/errors.ts";

/** If the catalogue hangs, it therefore delays callers only during one read per minute. */
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

  /** Why the last read failed; null if it succeeded. */
  get problem(): string | null {
    return this.#failure?.message ?? null;
  }

  /** Starts a read, or joins the running one. Never rejects. Null during the pause after a failure. */
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
