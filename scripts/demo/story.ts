// Prints what happens in the order in which it happened. Events and callbacks arrive on different connections, so a line is
// held back for a moment, in case an earlier one is still under way.

const HELD_MS = 300;

interface Line {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly what: string;
  readonly detail: string;
}

export class Story {
  readonly #startedAt: number;
  readonly #write: (text: string) => void;
  #held: Line[] = [];

  constructor(startedAt: number, write: (text: string) => void) {
    this.#startedAt = startedAt;
    this.#write = write;
  }

  tell(at: number, what: string, detail = ""): void {
    this.#held.push({ at, what, detail });
    setTimeout(() => this.#print(Date.now() - HELD_MS), HELD_MS + 1);
  }

  /** Prints everything that is held back. */
  end(): void {
    this.#print(Number.POSITIVE_INFINITY);
  }

  #print(until: number): void {
    const ready = this.#held.filter(({ at }) => at <= until);
    this.#held = this.#held.filter(({ at }) => at > until);
    // Sorting keeps the order of lines with the same time.
    for (const { at, what, detail } of ready.sort((a, b) => a.at - b.at)) {
      const seconds = (Math.max(0, at - this.#startedAt) / 1000).toFixed(1).padStart(6);
      this.#write(`${seconds} s  ${what.padEnd(11)} ${detail}`.trimEnd());
    }
  }
}
