// An account that knows the newest summary of each generation and checks those that have something left to do.

import type { Summary } from "../../src/core/generation/action.ts";
import type { Account } from "./outside.ts";

export class Summaries implements Account {
  readonly #known = new Map<string, Summary>();
  readonly #checked = new Set<string>();
  readonly #check: (id: string) => void;

  /** @param check called when the checks of a generation begin, or begin again. */
  constructor(check: (id: string) => void) {
    this.#check = check;
  }

  report(summary: Summary): boolean {
    const { id, version } = summary;
    const known = this.#known.get(id);
    if (known !== undefined && version <= known.version) return true;
    this.#known.set(id, summary);
    if (!this.watches(id)) {
      this.#checked.add(id);
      this.#check(id);
    }
    return true;
  }

  heard(id: string): Summary | null {
    return this.#known.get(id) ?? null;
  }

  watches(id: string): boolean {
    return this.#checked.has(id);
  }

  /** Ends the checks of a generation, which has nothing left to do. */
  rest(id: string): void {
    this.#checked.delete(id);
  }

  holds(id: string): boolean {
    return this.#known.get(id)?.inFlight ?? false;
  }
}
