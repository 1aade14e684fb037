// The line of a simulated provider key: one account, and the rules of capacity of src/core.

import {
  afterAccepted,
  afterFreed,
  afterGrants,
  afterRefused,
  type Capacity,
  grantable,
  UNKNOWN_CAPACITY,
} from "../../src/core/queue/capacity.ts";
import type { Job } from "./key.ts";

/** How long isolates remember that there is a line, or that a poll was refused, in seconds (src/queue/queues.ts). */
export const REMEMBERED_SECONDS = 10;

export class KeyLine {
  readonly #intervalMs: number;
  #capacity: Capacity = UNKNOWN_CAPACITY;
  /** In order of creation. */
  #waiting: Job[] = [];
  /** Turns whose submissions are sent in the next step, and when they were granted. */
  readonly #granted = new Map<Job, number>();
  /** Jobs at the provider that had a turn. */
  readonly #running = new Set<Job>();
  #knownUntil = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Whether new generations try without asking. */
  isUnknown(now: number): boolean {
    return now >= this.#knownUntil;
  }

  join(job: Job): void {
    this.#waiting.push(job);
  }

  /** The submissions of the turns that were granted in the last step. */
  submitted(): Job[] {
    return [...this.#granted.keys()];
  }

  answered(job: Job, isAccepted: boolean, now: number): void {
    const grantedAt = this.#granted.get(job);
    this.#granted.delete(job);
    if (isAccepted) {
      if (grantedAt === undefined) return;
      this.#running.add(job);
      this.#capacity = afterAccepted(this.#capacity, this.#situation(now));
      return;
    }
    this.#knownUntil = now + REMEMBERED_SECONDS;
    const isFirst = this.#waiting.length === 0;
    if (grantedAt === undefined) this.#waiting.push(job);
    else this.#waiting.unshift(job);
    // Whoever had no turn teaches nothing if others wait already.
    if (grantedAt === undefined && !isFirst) return;
    const refusal = { retryAfterMs: null, grantedAt: grantedAt ?? this.#situation(now).now };
    this.#capacity = afterRefused(this.#capacity, refusal, this.#situation(now));
  }

  ended(job: Job, now: number): void {
    if (this.#running.delete(job)) this.#capacity = afterFreed(this.#capacity, this.#situation(now));
  }

  /** Removes those whose deadline has passed. @returns their number. */
  expire(isOver: (job: Job) => boolean): number {
    let expired = 0;
    for (let first = this.#waiting[0]; first !== undefined && isOver(first); first = this.#waiting[0]) {
      this.#waiting.shift();
      expired++;
    }
    return expired;
  }

  grant(now: number): void {
    if (this.#waiting.length === 0) return;
    this.#knownUntil = now + REMEMBERED_SECONDS;
    const situation = this.#situation(now);
    const turns = this.#waiting.splice(0, grantable(this.#capacity, situation));
    if (turns.length > 0) this.#capacity = afterGrants(this.#capacity, situation.now);
    for (const job of turns) this.#granted.set(job, situation.now);
  }

  #situation(now: number) {
    const places = { running: this.#running.size, granted: this.#granted.size };
    return { places, settings: { intervalMs: this.#intervalMs, maxConcurrent: 0 }, now: Math.round(now * 1000) };
  }
}
