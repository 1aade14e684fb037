// An account that only knows the newest summary of each generation.

import type { Summary } from "../../src/core/generation/action.ts";
import type { Account } from "./outside.ts";

export class Summaries implements Account {
  readonly #known = new Map<string, Summary>();

  report(summary: Summary): boolean {
    const known = this.#known.get(summary.id);
    if (known === undefined || summary.version > known.version) this.#known.set(summary.id, summary);
    return true;
  }

  heard(id: string): Summary | null {
    return this.#known.get(id) ?? null;
  }

  watches(id: string): boolean {
    return this.#known.has(id);
  }

  holds(id: string): boolean {
    return this.#known.get(id)?.inFlight ?? false;
  }
}
