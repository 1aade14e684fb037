// A line of borrowers that wait for memory: first come, first served. One object cannot wake another, so each tries
// again and again. Those who are far from the front try rarely, so that thousands of them do not slow down the rest.

import { Rate } from "./rate.ts";

/** Bounds of the pause between two tries. */
const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 5_000;

/** A waiter that is this late for its next try loses its place: it has died, or its isolate is very busy. */
const LATE_MS = 1_000;

/** How many waiters are served in a second, unless it is known to be more. */
const LEAST_SERVED_A_SECOND = 50;

export interface Waiter {
  readonly bytes: number;
  /** Number of those who came before, those who have left included. */
  place: number;
  /** Time of the next try. */
  triesAt: number;
}

export class Line {
  /** In the order of their places. */
  readonly #waiters = new Set<Waiter>();
  #places = 0;
  #bytes = 0;
  readonly #served = new Rate();

  /** What all waiters want together. */
  bytes(now: number): number {
    this.#dropTheDead(now);
    return this.#bytes;
  }

  /** Whether this room is enough for a waiter and all in front of it. The waiter joins the line if it is not in it. */
  isServedBy(room: number, waiter: Waiter, now: number): boolean {
    waiter.triesAt = now;
    this.#dropTheDead(now);
    if (!this.#waiters.has(waiter)) {
      waiter.place = this.#places++;
      this.#waiters.add(waiter);
      this.#bytes += waiter.bytes;
    }
    let left = room;
    for (const each of this.#waiters) {
      left -= each.bytes;
      if (left < 0 || each === waiter) break;
    }
    return left >= 0;
  }

  /** How long a waiter pauses before its next try: half the time until its turn, at the present rate. */
  pause(waiter: Waiter, now: number): number {
    const [first = waiter] = this.#waiters;
    const perSecond = Math.max(LEAST_SERVED_A_SECOND, this.#served.perSecond(now));
    const half = ((waiter.place - first.place) * 500) / perSecond;
    const pause = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, half));
    waiter.triesAt = now + pause;
    return pause;
  }

  serve(waiter: Waiter, now: number): void {
    this.leave(waiter);
    this.#served.add(now);
  }

  leave(waiter: Waiter): void {
    if (this.#waiters.delete(waiter)) this.#bytes -= waiter.bytes;
  }

  /** Only from the front: those behind hold up nobody. */
  #dropTheDead(now: number): void {
    for (const waiter of this.#waiters) {
      // The clock may have been set back.
      if (waiter.triesAt >= now - LATE_MS && waiter.triesAt <= now + MAX_PAUSE_MS) return;
      this.leave(waiter);
    }
  }
}
