// The questions of a line to generations that hold a place and have not reported for long: whether they still do.

import type { Standing } from "../core/queue/standing.ts";
import type { Calls } from "./calls.ts";
import type { Entries } from "./entries.ts";
import type { LineDeps } from "./ports.ts";
import type { Entry } from "./store.ts";

export interface QuestionsDeps extends Pick<LineDeps, "ask" | "detach"> {
  readonly entries: Entries;
  /** Called with the answer, unless the generation has reported or left in the meantime. */
  answered(entry: Entry, standing: Standing, calls: Calls): void;
}

export class Questions {
  readonly #deps: QuestionsDeps;
  /** Ids of those to ask. In memory only: a new instance of the line's object looks again who is silent. */
  readonly #open = new Set<string>();

  constructor(deps: QuestionsDeps) {
    this.#deps = deps;
  }

  get isAnyOpen(): boolean {
    return this.#open.size > 0;
  }

  add({ id }: Entry): void {
    this.#open.add(id);
  }

  /** Asks as many as may be called. */
  ask(calls: Calls): void {
    for (const id of this.#open) {
      const entry = this.#deps.entries.get(id);
      const isHolder = entry?.state === "unknown" || entry?.state === "running";
      if (isHolder && !calls.take()) return;
      this.#open.delete(id);
      if (isHolder) this.#deps.detach(this.#answer(entry, calls));
    }
  }

  /** If the generation does not answer, it is asked again at the next sweep. */
  async #answer({ id, version }: Entry, calls: Calls): Promise<void> {
    const standing = await this.#deps.ask(id);
    const entry = this.#deps.entries.get(id);
    if (standing !== null && entry?.version === version) this.#deps.answered(entry, standing, calls);
  }
}
