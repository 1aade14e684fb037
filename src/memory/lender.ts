// Limits the memory that concurrent copies use. Everything in one isolate shares its 128 MB, so each waits for memory
// instead of crashing the others.

import { type LenderDeps, MAX_RETRY_MS, Pauses, SYSTEM } from "./pauses.ts";

/** A loan unused for this long belongs to an object that died. Longer than a stall (30 s) or a call to R2 (50 s). */
const FORGOTTEN_MS = 60_000;

/** How long after its last try a waiter still counts: it may have been canceled, or its object may have died. */
const WAITING_MS = 2 * MAX_RETRY_MS;

export interface Loan {
  /** Whether another borrower waits for memory. */
  readonly isWanted: boolean;
  /** Marks the loan as still in use. */
  renew(): void;
  /** Changes the size of the loan, for example once a video turns out to be small. */
  resize(bytes: number): void;
  release(): void;
}

/** Make one for each use of memory, at the top level of a module, so that the whole isolate shares it. */
export class Lender {
  readonly #deps: LenderDeps;
  readonly #budget: number;
  readonly #loans = new Map<symbol, { bytes: number; usedAt: number }>();
  readonly #pauses = new Pauses();
  /** When a borrower last found no room. */
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** @param budget bytes lent at once, in all. */
  constructor(budget: number, deps: LenderDeps = SYSTEM) {
    this.#budget = budget;
    this.#deps = deps;
  }

  /** Waits until there is room. @throws if the signal aborts while waiting. */
  async lend(bytes: number, signal: AbortSignal): Promise<Loan> {
    for (;;) {
      const loan = this.#lendNow(bytes);
      if (loan !== null) return loan;
      await this.#deps.sleep(this.#pauses.next(this.#deps.now()));
      signal.throwIfAborted();
    }
  }

  /** Null if there is no room. One object cannot wake another, so each waiter calls this again and again. */
  #lendNow(bytes: number): Loan | null {
    const now = () => this.#deps.now();
    if (!this.#hasRoomFor(bytes)) {
      this.#refusedAt = now();
      return null;
    }
    const id = Symbol();
    const loan = { bytes, usedAt: now() };
    const isWanted = () => now() - this.#refusedAt < WAITING_MS;
    let isReleased = false;
    this.#loans.set(id, loan);
    return {
      get isWanted() {
        return isWanted();
      },
      renew: () => {
        loan.usedAt = now();
        // Count the loan again if it was dropped as forgotten.
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

  #hasRoomFor(bytes: number): boolean {
    const forgotten = this.#deps.now() - FORGOTTEN_MS;
    let lent = 0;
    for (const [id, loan] of this.#loans) {
      if (loan.usedAt < forgotten) this.#loans.delete(id);
      else lent += loan.bytes;
    }
    // A loan larger than the budget is granted when nothing else is lent.
    return lent === 0 || lent + bytes <= this.#budget;
  }
}
