/** How often something happens in a second. */
export class Rate {
  /** In this second, and in the one before. */
  #seen = { second: 0, count: 0, before: 0 };

  add(now: number): void {
    this.#turnTo(now).count++;
  }

  /** The higher count of this second and of the one before. */
  perSecond(now: number): number {
    const { count, before } = this.#turnTo(now);
    return Math.max(count, before);
  }

  #turnTo(now: number) {
    const second = Math.floor(now / 1000);
    if (second !== this.#seen.second) {
      const before = second === this.#seen.second + 1 ? this.#seen.count : 0;
      this.#seen = { second, count: 0, before };
    }
    return this.#seen;
  }
}
