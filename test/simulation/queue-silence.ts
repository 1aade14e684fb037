// A time in which no generation answers the line of a simulation, and how often the line calls nevertheless.

import type { QueuePlan } from "./queue-plan.ts";
import type { Timeline } from "./timeline.ts";

/** Time between two calls for turns once the line has noticed. */
const PAUSE_MS = 10_000;

/** Calls until the line notices, also after a crash. */
const MOST_UNNOTICED = 25;

export class Silence {
  readonly #plan: QueuePlan["silence"];
  readonly #time: Timeline;
  #calls = 0;
  #crashes = 0;

  constructor({ silence }: QueuePlan, time: Timeline) {
    this.#plan = silence;
    this.#time = time;
  }

  get isNow(): boolean {
    const { now } = this.#time;
    return this.#plan !== null && now >= this.#plan.from && now < this.#plan.from + this.#plan.ms;
  }

  /** The line calls a generation for its turn. */
  noteCall(): void {
    if (this.isNow) this.#calls++;
  }

  /** The line's object has died. */
  noteCrash(): void {
    if (this.isNow) this.#crashes++;
  }

  complaints(): readonly string[] {
    const pauses = Math.ceil((this.#plan?.ms ?? 0) / PAUSE_MS);
    const isBounded = this.#calls <= pauses + MOST_UNNOTICED * (1 + this.#crashes);
    return isBounded ? [] : [`calls are bounded: ${this.#calls} while no generation answered`];
  }
}
