// Decides at random which faults occur, and counts each by name, so that a report can say how often it occurred.

export interface FaultsDeps {
  readonly chance: () => number;
  /** How frequent faults are, from 0 (never) to 1 (each at its highest rate). */
  readonly trouble: number;
  readonly counts: Map<string, number>;
}

export class Faults {
  readonly #deps: FaultsDeps;

  constructor(deps: FaultsDeps) {
    this.#deps = deps;
  }

  count(what: string): void {
    const { counts } = this.#deps;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }

  /** Whether a fault occurs, with probability `atMost` times the trouble. Counts it if it does. */
  strikes(what: string, atMost: number): boolean {
    const { chance, trouble } = this.#deps;
    if (chance() >= atMost * trouble) return false;
    this.count(what);
    return true;
  }

  between(least: number, most: number): number {
    return least + this.#deps.chance() * (most - least);
  }
}

/** Thrown to a caller whose callee died before it could answer. */
export class Died extends Error {}
