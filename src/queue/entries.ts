// The entries of a line in memory, kept in order and counted, and written through to storage.

import type { Places } from "../core/queue/concurrency.ts";
import { Order } from "../core/queue/order.ts";
import type { QueuePlace } from "../core/queue/standing.ts";
import { type Head, nextInTurn, turnsBefore } from "../core/queue/turns.ts";
import type { Entry, LineStore, StoredLine } from "./store.ts";

export class Entries {
  readonly #store: LineStore;
  readonly #all = new Map<string, Entry>();
  /** Those that wait. */
  readonly #order = new Order();
  /** Ids of those that have their turn. There are few of them, and their turns end soon. */
  readonly #granted = new Set<string>();
  #running = 0;
  readonly #turns: Map<string, number>;
  /** The turns under way, by generation. In memory only: without it, an account waits for one turn more. */
  readonly #counted = new Map<string, { readonly before: number; readonly turn: number }>();

  constructor(store: LineStore, stored: StoredLine) {
    this.#store = store;
    this.#turns = new Map(stored.turns);
    for (const entry of stored.entries) this.#include(entry);
  }

  get size(): number {
    return this.#all.size;
  }

  get waiting(): number {
    return this.#order.size;
  }

  get places(): Places {
    return { running: this.#running, granted: this.#granted.size };
  }

  get(id: string): Entry | null {
    return this.#all.get(id) ?? null;
  }

  put(entry: Entry): void {
    this.#store.put(entry);
    this.#exclude(entry.id);
    this.#include(entry);
    if (entry.state === "unknown" || entry.state === "running") this.#counted.delete(entry.id);
  }

  /** The clock was set back, and turns end by the clock. */
  moveBack(ms: number): void {
    for (const entry of [...this.#all.values()]) {
      const { state, grantedAt, leaseEnd } = entry;
      if (state !== "granted" && state !== "missed") continue;
      this.put({ ...entry, grantedAt: grantedAt - ms, leaseEnd: leaseEnd - ms });
    }
  }

  delete(id: string): void {
    if (!this.#all.has(id)) return;
    this.#store.delete(id);
    this.#exclude(id);
    this.#counted.delete(id);
    if (this.#all.size > 0 || this.#turns.size === 0) return;
    this.#store.deleteTurns();
    this.#turns.clear();
  }

  /** Those that have their turn. */
  granted(): Entry[] {
    return [...this.#granted].flatMap((id) => this.#all.get(id) ?? []);
  }

  /** Those that are to be forgotten. */
  forgettable(now: number): Entry[] {
    return [...this.#all.values()].filter(({ forgetAt }) => forgetAt <= now);
  }

  /**
   * The next in turn. Whoever has missed a turn comes only if nobody else waits, and not before that turn would have
   * ended: a generation that does not answer must not be asked again at once.
   */
  next(now: number): Entry | null {
    const head =
      nextInTurn(this.#heads(({ state }) => state === "waiting")) ??
      nextInTurn(this.#heads(({ state, leaseEnd }) => state === "missed" && leaseEnd <= now));
    return head === null ? null : this.get(head.id);
  }

  /** When the next of those that have missed a turn may be granted another. Null if nobody has missed one. */
  nextMissed(): number | null {
    const ends = [...this.#all.values()].filter(({ state }) => state === "missed").map(({ leaseEnd }) => leaseEnd);
    return ends.length === 0 ? null : Math.min(...ends);
  }

  /** The earliest last try of the heads that comes after `time`. Null if there is none. */
  lastTryAfter(time: number): number | null {
    const times = this.#heads(() => true).flatMap(({ id }) => this.#all.get(id)?.lastTryAt ?? []);
    const later = times.filter((each) => each > time);
    return later.length === 0 ? null : Math.min(...later);
  }

  /** The first in line of each account, among those that `isMeant`. */
  #heads(isMeant: (entry: Entry) => boolean): Head[] {
    return [...this.#order.accounts].flatMap((account) => {
      const head = this.#order.of(account).find(({ id }) => {
        const entry = this.#all.get(id);
        return entry !== undefined && isMeant(entry);
      });
      return head === undefined ? [] : { ...head, account, lastTurn: this.#turns.get(account) ?? 0 };
    });
  }

  /** Counts a turn of this generation's account. */
  countTurn({ id, account }: Entry): void {
    const before = this.#turns.get(account) ?? 0;
    const turn = 1 + Math.max(0, ...this.#turns.values());
    this.#counted.set(id, { before, turn });
    this.#setTurn(account, turn);
  }

  /** The turn came to nothing, so it is not counted. */
  uncountTurn({ id, account }: Pick<Entry, "id" | "account">): void {
    const counted = this.#counted.get(id);
    this.#counted.delete(id);
    if (counted !== undefined && this.#turns.get(account) === counted.turn) this.#setTurn(account, counted.before);
  }

  #setTurn(account: string, turn: number): void {
    this.#turns.set(account, turn);
    this.#store.putTurn(account, turn);
  }

  /**
   * The place in line of an account's generation. Null if it does not wait here.
   *
   * @param turnMs average time between two turns; null if it is not known.
   */
  placeOf(account: string, id: string, turnMs: number | null): QueuePlace | null {
    const entry = this.#all.get(id);
    const position = entry?.account === account ? this.#order.positionOf(account, entry) : null;
    if (position === null) return null;
    const others = [...this.#order.accounts].filter((each) => each !== account);
    const turns = turnsBefore(
      position,
      others.map((each) => this.#order.of(each).length),
    );
    const remainingMs = turnMs === null ? null : Math.round((turns + 1) * turnMs);
    return { position, waiting: this.#order.of(account).length, remainingMs };
  }

  #include(entry: Entry): void {
    const { id, account, createdAt, state } = entry;
    this.#all.set(id, entry);
    if (state === "waiting" || state === "missed") this.#order.add(account, { createdAt, id });
    else if (state === "granted") this.#granted.add(id);
    else this.#running++;
  }

  #exclude(id: string): void {
    const entry = this.#all.get(id);
    if (entry === undefined) return;
    this.#all.delete(id);
    if (entry.state === "unknown" || entry.state === "running") this.#running--;
    this.#granted.delete(id);
    this.#order.remove(entry.account, entry);
  }
}
