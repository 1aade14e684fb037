// Requests that wait for a change of a generation. Each costs one timer while it waits.

export class Waiters {
  readonly #wakers = new Set<() => void>();

  get size(): number {
    return this.#wakers.size;
  }

  notify(): void {
    for (const wake of this.#wakers) wake();
  }

  /** Resolves once `done` returns true, checked now and after each change, or after `timeoutMs`. */
  async until(done: () => boolean, timeoutMs: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const wake = () => {
        if (done()) finish();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#wakers.add(wake);
    });
  }
}
