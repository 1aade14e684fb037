// The object's running actions, each with a signal that aborts it.
// Held in memory only: see docs/adr/0003-leases-in-memory.md.

import { type Action, actionKey } from "../core/generation/action.ts";
import type { Running } from "../core/generation/context.ts";

export class Lease implements Running {
  readonly action: Action;
  readonly begunAt: number;
  readonly #abort = new AbortController();
  #lastProgressAt: number;

  constructor(action: Action, now: number) {
    this.action = action;
    this.begunAt = now;
    this.#lastProgressAt = now;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get lastProgressAt(): number {
    return this.#lastProgressAt;
  }

  /** Restarts the lease, because the action made progress. */
  renew(now: number): void {
    this.#lastProgressAt = now;
  }

  abort(): void {
    this.#abort.abort();
  }
}

export class Leases {
  readonly #running = new Map<string, Lease>();

  /** Keyed by `actionKey`. */
  get running(): ReadonlyMap<string, Running> {
    return this.#running;
  }

  begin(action: Action, now: number): Lease {
    const lease = new Lease(action, now);
    this.#running.set(actionKey(action), lease);
    return lease;
  }

  isCurrent(lease: Lease): boolean {
    return this.#running.get(actionKey(lease.action)) === lease;
  }

  /** @returns false if the lease had already ended. The outcome is then stale. */
  end(lease: Lease): boolean {
    return this.isCurrent(lease) && this.#running.delete(actionKey(lease.action));
  }

  /** Aborts a running action. Its outcome will be stale. */
  abort(key: string): void {
    this.#running.get(key)?.abort();
    this.#running.delete(key);
  }
}
