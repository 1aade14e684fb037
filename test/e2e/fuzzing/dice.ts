// Seeded random choices.

import { chanceFrom } from "../../simulation/plan.ts";

export class Dice {
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = chanceFrom(seed);
  }

  /** True with this probability, from 0 to 1. */
  odds(probability: number): boolean {
    return this.#chance() < probability;
  }

  /** A whole number from `least` to `most`, inclusive. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#chance() * (most - least + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }

  /** Picks one of the choices according to their weights. */
  weigh<T>(...choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.#chance() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return choices[0]?.[1] as T;
  }
}
