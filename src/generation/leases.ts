// What is under way, each with the time by which it must have ended. Kept in memory alone: leases die with the object, and so
// do the actions. See docs/adr/0003-leases-in-memory.md.

import { isTerminal } from "../core/generation.ts";
import type { Life } from "../core/life.ts";
import { type Action, type ActionKind, actionKey } from "../core/outcome.ts";

/**
 * The most that an action may take, or a copy from one part to the next: beyond that it counts as lost. Adapters have
 * shorter timeouts of their own.
 */
const LEASE_MS: Record<ActionKind, number> = {
  submit: 70_000,
  reconcile: 320_000,
  poll: 20_000,
  store: 15 * 60_000,
  deliver: 20_000,
  unstage: 60_000,
  report: 20_000,
  purge: 60_000,
};

/** What a generation that has ended wants no more. */
const LIFE_ACTIONS: ReadonlySet<ActionKind> = new Set<ActionKind>(["submit", "reconcile", "poll", "store"]);

export class Lease {
  readonly kind: ActionKind;
  readonly begunAt: number;
  readonly #abort = new AbortController();
  #expiresAt: number;

  constructor(kind: ActionKind, now: number) {
    this.kind = kind;
    this.begunAt = now;
    this.#expiresAt = now + LEASE_MS[kind];
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** The action gets on: its time begins anew. */
  renew(now: number): void {
    this.#expiresAt = now + LEASE_MS[this.kind];
  }

  abort(): void {
    this.#abort.abort();
  }
}

export class Leases {
  readonly #running = new Map<string, Lease>();

  get size(): number {
    return this.#running.size;
  }

  /** By `actionKey`. */
  keys(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  /** When each ends. */
  ends(): number[] {
    return Array.from(this.#running.values(), ({ expiresAt }) => expiresAt);
  }

  begin(action: Action, now: number): void {
    this.#running.set(actionKey(action), new Lease(action.kind, now));
  }

  of(action: Action): Lease | undefined {
    return this.#running.get(actionKey(action));
  }

  /** @returns whether it was this lease that counted: the outcome of a stale one must be dropped. */
  end(action: Action, lease: Lease): boolean {
    return this.of(action) === lease && this.#running.delete(actionKey(action));
  }

  /** Ends an action that is under way. @returns when it began; null when it was not under way. */
  abandon(action: Action): number | null {
    const lease = this.of(action);
    lease?.abort();
    this.#running.delete(actionKey(action));
    return lease?.begunAt ?? null;
  }

  /** Actions that took too long, those of a generation that has ended meanwhile, and deliveries that are no more. */
  dropStale({ generation, deliveries }: Life, now: number): void {
    const wanted = new Set(deliveries.map(({ id }) => actionKey({ kind: "deliver", deliveryId: id })));
    for (const [key, lease] of this.#running) {
      const unwanted =
        lease.kind === "deliver" ? !wanted.has(key) : isTerminal(generation) && LIFE_ACTIONS.has(lease.kind);
      if (lease.expiresAt > now && !unwanted) continue;
      this.#running.delete(key);
      lease.abort();
    }
  }
}
