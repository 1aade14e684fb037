// Simulated time. It advances in steps, so that items due at the same time are served together.

/** Length of a step in seconds. */
export const STEP = 0.1;

/** Items by the step in which they are due; within a step, in the order in which they were added. */
export class Agenda<T> {
  readonly #steps: T[][] = [];

  /** @param at seconds since the start. */
  add(at: number, item: T): void {
    const step = Math.round(at / STEP);
    this.#steps[step] ??= [];
    this.#steps[step].push(item);
  }

  take(step: number): readonly T[] {
    const due = this.#steps[step] ?? [];
    delete this.#steps[step];
    return due;
  }
}

/** Lets a fixed number of requests pass per second. */
export class Gate {
  readonly #aStep: number;
  readonly #saved: number;
  #left = 0;

  /** @param savedSeconds how long unused capacity is saved up. */
  constructor(aSecond: number, savedSeconds = 0) {
    this.#aStep = aSecond * STEP;
    this.#saved = Math.max(1, aSecond * savedSeconds);
  }

  nextStep(): void {
    this.#left = Math.min(this.#left, this.#saved) + this.#aStep;
  }

  pass(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
