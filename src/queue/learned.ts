// What a line has learned about the provider, in memory and in storage. The rules are in src/core/queue.

import {
  afterAccepted,
  afterFreed,
  afterGrants,
  afterRefused,
  afterUnknown,
  afterUnused,
  atLineStart,
  type Capacity,
  type CapacityRefusal,
  grantable,
  nextGrantAt,
  type Situation,
  withLastTry,
} from "../core/queue/capacity.ts";
import { movedBack, setBackMs } from "../core/queue/clock.ts";
import { type Speed, speedAfterAccepted, speedAtStart } from "../core/queue/turns.ts";
import type { Entries } from "./entries.ts";
import type { LineDeps } from "./ports.ts";
import type { StoredLine } from "./store.ts";

export interface LearnedDeps extends Pick<LineDeps, "store" | "clock" | "settings"> {
  readonly entries: Entries;
}

export class Learned {
  readonly #deps: LearnedDeps;
  #capacity: Capacity;
  #speed: Speed | null;

  constructor(deps: LearnedDeps, { capacity, speed }: StoredLine) {
    this.#deps = deps;
    this.#capacity = capacity;
    this.#speed = speed;
  }

  /** Whether the last answer of the provider was a refusal. */
  get isFull(): boolean {
    return this.#capacity.isFull;
  }

  /** When the last turn was granted. */
  get grantedAt(): number {
    return this.#capacity.grantedAt;
  }

  /** Average time between two turns; null if it is not known. */
  get turnMs(): number | null {
    return this.#speed?.turnMs ?? null;
  }

  /** How many turns may be granted now. */
  grantable(): number {
    return grantable(this.#tried(), this.#situation());
  }

  /** The next time at which a turn may be granted if nothing else happens. Null if there is none. */
  nextGrantAt(): number | null {
    return nextGrantAt(this.#tried(), this.#situation());
  }

  /** The first is about to join the line. */
  lineStarts(): void {
    this.#capacity = atLineStart(this.#capacity);
  }

  /** The first has joined the line. */
  lineStarted(): void {
    this.#setSpeed(speedAtStart(this.#deps.clock.now()));
  }

  granted(): void {
    this.#learn(afterGrants(this.#capacity, this.#deps.clock.now()));
  }

  /** The turn went to a generation that had left. */
  unused(): void {
    this.#learn(afterUnused(this.#capacity, this.#situation()));
  }

  refused(refusal: CapacityRefusal): void {
    this.#learn(afterRefused(this.#capacity, refusal, this.#situation()));
  }

  accepted(): void {
    this.#learn(afterAccepted(this.#capacity, this.#situation()));
  }

  /** A turn was used. */
  moved(): void {
    const now = this.#deps.clock.now();
    this.#setSpeed(speedAfterAccepted(this.#speed ?? speedAtStart(now), now));
  }

  unknown(): void {
    this.#learn(afterUnknown(this.#capacity, this.#situation()));
  }

  freed(): void {
    this.#learn(afterFreed(this.#capacity, this.#situation()));
  }

  /** @returns by how much the clock was set back since the last look, at least. */
  noticeClock(): number {
    const ms = setBackMs(this.#capacity, this.#deps.clock.now());
    if (ms > 0) this.#learn(movedBack(this.#capacity, ms));
    return ms;
  }

  #situation(): Situation {
    const { entries, clock } = this.#deps;
    return { places: entries.places, settings: this.#deps.settings(), now: clock.now() };
  }

  /** The capacity, with the next of the last tries that those in line must have before their deadlines. */
  #tried(): Capacity {
    return withLastTry(this.#capacity, this.#deps.entries.lastTryAfter(this.#capacity.refusedAt));
  }

  #learn(capacity: Capacity): void {
    if (capacity === this.#capacity) return;
    this.#capacity = capacity;
    this.#deps.store.putCapacity(capacity);
  }

  #setSpeed(speed: Speed): void {
    this.#speed = speed;
    this.#deps.store.putSpeed(speed);
  }
}
