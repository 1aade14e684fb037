// Virtual time: runs scheduled callbacks in order, without waiting.

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

export class Timeline {
  /** True time since the start, in milliseconds. The clocks of objects may differ. */
  now = 0;
  readonly #epoch: number;
  #order = 0;
  /** A binary heap. */
  readonly #entries: Entry[] = [];

  /** @param epoch when it starts, in milliseconds since the Unix epoch. */
  constructor(epoch = 0) {
    this.#epoch = epoch;
  }

  /** True time in milliseconds since the Unix epoch. */
  get date(): number {
    return this.#epoch + this.now;
  }

  after(delayMs: number, run: Entry["run"]): void {
    const entries = this.#entries;
    let at = entries.push({ at: this.now + Math.max(0, delayMs), order: this.#order++, run }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Runs the entries in order. @returns "endless" if any is left after `untilMs` or `mostSteps`, else "quiet". */
  async run(untilMs: number, mostSteps: number): Promise<"quiet" | "endless"> {
    for (let step = 0; step < mostSteps; step++) {
      const next = this.#take();
      if (next === undefined) return "quiet";
      if (next.at > untilMs) return "endless";
      this.now = next.at;
      await next.run();
    }
    return "endless";
  }

  #take(): Entry | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first;
    entries[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < entries.length && this.#before(child, least)) least = child;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [first, second] = [this.#entries[a], this.#entries[b]];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  }

  #swap(a: number, b: number): void {
    const entries = this.#entries;
    [entries[a], entries[b]] = [entries[b] as Entry, entries[a] as Entry];
  }
}
