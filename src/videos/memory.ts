// Memory that copies share. Objects that live in one isolate share its 128 MB: beyond a few large copies at once, the next
// waits, rather than bring down all of them.

/** Held at once by all copies of an isolate. */
const BUDGET_BYTES = 40 * 1024 * 1024;

/** A loan that nobody has used for so long belongs to an object that died. Longer than a stall may last. */
const FORGOTTEN_MS = 60_000;

const RETRY_MS = 100;

/**
 * Beyond this many tries a second, all wait longer. Without that, those that wait take the time of those that copy: of 5,000
 * copies that began together, some were done only after two minutes.
 */
const TRIES_A_SECOND = 100;
const MAX_RETRY_MS = 5_000;

export interface Loan {
  /** Says that it is still in use. */
  renew(): void;
  /** Less than what was lent, once that is known. */
  resize(bytes: number): void;
  release(): void;
}

interface LenderDeps {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export class Lender {
  readonly #deps: LenderDeps;
  readonly #budget: number;
  readonly #loans = new Map<symbol, { bytes: number; usedAt: number }>();
  /** In this second, and in the one before. */
  #tries = { second: 0, count: 0, before: 0 };

  constructor(deps: LenderDeps, budget = BUDGET_BYTES) {
    this.#deps = deps;
    this.#budget = budget;
  }

  /** Waits until there is room. @throws when the signal aborts meanwhile. */
  async lend(bytes: number, signal: AbortSignal): Promise<Loan> {
    while (!this.#hasRoomFor(bytes)) {
      // One object cannot wake another: each has to look for itself.
      await this.#deps.sleep(this.#pause());
      signal.throwIfAborted();
    }
    const id = Symbol();
    const loan = { bytes, usedAt: this.#deps.now() };
    let isReleased = false;
    this.#loans.set(id, loan);
    return {
      renew: () => {
        loan.usedAt = this.#deps.now();
        // It may have been forgotten meanwhile, and counts again.
        if (!isReleased) this.#loans.set(id, loan);
      },
      resize: (wanted) => {
        loan.bytes = wanted;
      },
      release: () => {
        isReleased = true;
        this.#loans.delete(id);
      },
    };
  }

  /** The longer, the more tries there are: for a thousand that wait a second each, for four thousand two. */
  #pause(): number {
    const second = Math.floor(this.#deps.now() / 1000);
    if (second !== this.#tries.second) {
      const before = second === this.#tries.second + 1 ? this.#tries.count : 0;
      this.#tries = { second, count: 0, before };
    }
    this.#tries.count++;
    const most = Math.max(this.#tries.count, this.#tries.before);
    return Math.min(MAX_RETRY_MS, RETRY_MS * Math.max(1, most / TRIES_A_SECOND));
  }

  #hasRoomFor(bytes: number): boolean {
    const forgotten = this.#deps.now() - FORGOTTEN_MS;
    let lent = 0;
    for (const [id, loan] of this.#loans) {
      if (loan.usedAt < forgotten) this.#loans.delete(id);
      else lent += loan.bytes;
    }
    // One that is larger than everything gets its turn alone.
    return lent === 0 || lent + bytes <= this.#budget;
  }
}

/** The one of this isolate. */
export const memory = new Lender({
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
