// Requests that wait for a generation to come to something. They cost nothing but a timer, and nothing once they are gone.

export class Waiters {
  readonly #wakers = new Set<() => void>();

  notify(): void {
    for (const wake of this.#wakers) wake();
  }

  /** Resolves once `done` holds, asked again after each change, or when the time is over. */
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
