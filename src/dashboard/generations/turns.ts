/** Lets a few things happen at the same time; the others wait, first come first served. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#free = most;
  }

  /**
   * Calls `start` when it is its turn, which may be at once.
   *
   * @returns a function that ends the turn, or the wait for it. Calls after the first do nothing.
   */
  take(start: () => void): () => void {
    let isTaken = false;
    let isOver = false;
    const begin = () => {
      isTaken = true;
      this.#free--;
      start();
    };
    if (this.#free > 0) begin();
    else this.#waiting.add(begin);
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waiting.delete(begin);
      if (!isTaken) return;
      this.#free++;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next();
    };
  }
}
