// The actions under way in this object, each with what it takes to end it. Kept in memory alone.

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

  /** The action gets on: its time begins anew. */
  renew(now: number): void {
    this.#lastProgressAt = now;
  }

  abort(): void {
    this.#abort.abort();
  }
}

export class Leases {
  readonly #running = new Map<string, Lease>();

  /** By `actionKey`. */
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

  /** @returns whether it was this lease that counted: the outcome of a stale one must be dropped. */
  end(lease: Lease): boolean {
    return this.isCurrent(lease) && this.#running.delete(actionKey(lease.action));
  }

  /** Ends an action before its time. */
  abort(key: string): void {
    this.#running.get(key)?.abort();
    this.#running.delete(key);
  }
}
