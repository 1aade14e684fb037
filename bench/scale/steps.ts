// Simulated time: in steps, so that what is due together is served together.

/** Seconds. */
export const STEP = 0.1;

/** What is due, by step; within one in the order in which it was added. */
export class Agenda<T> {
  readonly #steps: T[][] = [];

  /** @param at seconds. */
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

/** What may pass: so many a second, and nothing is saved up. */
export class Gate {
  readonly #aStep: number;
  #left = 0;

  constructor(aSecond: number) {
    this.#aStep = aSecond * STEP;
  }

  nextStep(): void {
    this.#left = Math.min(this.#left, 1) + this.#aStep;
  }

  pass(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
