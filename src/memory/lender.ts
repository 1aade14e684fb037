// Limits the memory that concurrent copies use. Everything in one isolate shares its 128 MB, so each waits for memory
// instead of crashing the others. Small and large loans wait in lines of their own, and while both wait, each kind has
// half of the memory: neither can keep the other out.

import { Line, type Waiter } from "./line.ts";
import { type LenderDeps, SYSTEM } from "./pauses.ts";

/** A loan unused for this long belongs to an object that died. Longer than a stall (30 s) or a call to R2 (50 s). */
const FORGOTTEN_MS = 60_000;

export interface Loan {
  /** Whether another borrower waits for memory, and would get it sooner if this loan were released. */
  readonly isWanted: boolean;
  /** Marks the loan as still in use. */
  renew(): void;
  /**
   * Changes the size of the loan, and marks it as in use. A loan never waits to grow, because others may wait for what
   * it has.
   *
   * @returns false, and changes nothing, if there is no room, or if it would become a large loan while others wait for
   * one.
   */
  resize(bytes: number): boolean;
  release(): void;
}

export interface LenderLimits {
  /** Bytes lent at once, in all. Small loans never have more than half of it together, and a large one not alone. */
  readonly budget: number;
  /** Bytes of the largest loan that is small. */
  readonly small: number;
}

interface Lent {
  bytes: number;
  isSmall: boolean;
  usedAt: number;
}

/** Make one for each use of memory, at the top level of a module, so that the whole isolate shares it. */
export class Lender {
  readonly #deps: LenderDeps;
  readonly #budget: number;
  readonly #small: number;
  readonly #loans = new Set<Lent>();
  readonly #smallLine = new Line();
  readonly #largeLine = new Line();

  constructor({ budget, small }: LenderLimits, deps: LenderDeps = SYSTEM) {
    this.#budget = budget;
    this.#small = small;
    this.#deps = deps;
  }

  /** Waits until there is room. @throws if the signal aborts while waiting. */
  async lend(bytes: number, signal: AbortSignal): Promise<Loan> {
    if (bytes > this.#budget / 2) throw new RangeError(`a loan of ${bytes} bytes might wait forever`);
    const isSmall = bytes <= this.#small;
    const line = isSmall ? this.#smallLine : this.#largeLine;
    const waiter: Waiter = { bytes, place: 0, triesAt: 0 };
    // At once, so that it holds up nobody until its next try.
    const leave = () => line.leave(waiter);
    signal.addEventListener("abort", leave);
    try {
      for (;;) {
        signal.throwIfAborted();
        const now = this.#deps.now();
        if (line.isServedBy(this.#roomFor(isSmall, now), waiter, now)) {
          line.serve(waiter, now);
          return this.#grant({ bytes, isSmall, usedAt: now });
        }
        await this.#deps.sleep(line.pause(waiter, now));
      }
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }

  #grant(loan: Lent): Loan {
    const now = () => this.#deps.now();
    const isWanted = () => this.#isWanted(loan, now());
    let isReleased = false;
    this.#loans.add(loan);
    return {
      get isWanted() {
        return isWanted();
      },
      renew: () => {
        loan.usedAt = now();
        // Counts again if it was dropped as forgotten.
        if (!isReleased) this.#loans.add(loan);
      },
      resize: (bytes) => {
        if (!this.#mayResize(loan, bytes, now())) return false;
        loan.bytes = bytes;
        loan.isSmall &&= bytes <= this.#small;
        loan.usedAt = now();
        this.#loans.add(loan);
        return true;
      },
      release: () => {
        isReleased = true;
        this.#loans.delete(loan);
      },
    };
  }

  /** Bytes that may be lent now. @param without a loan to treat as given back. */
  #roomFor(isSmall: boolean, now: number, without?: Lent): number {
    const { all, small } = this.#lent(now, without);
    const room = this.#budget - all;
    const roomOfSmall = Math.max(0, this.#budget / 2 - small);
    // Large loans leave small ones that wait what these may have.
    return isSmall ? Math.min(room, roomOfSmall) : room - Math.min(this.#smallLine.bytes(now), roomOfSmall);
  }

  #lent(now: number, without?: Lent): { readonly all: number; readonly small: number } {
    let [all, small] = [0, 0];
    for (const loan of this.#loans) {
      if (loan.usedAt < now - FORGOTTEN_MS) this.#loans.delete(loan);
      else if (loan !== without) {
        all += loan.bytes;
        if (loan.isSmall) small += loan.bytes;
      }
    }
    return { all, small };
  }

  /** Small loans grow within their half before others get one: these could otherwise never grow while any wait. */
  #mayResize(loan: Lent, bytes: number, now: number): boolean {
    if (bytes <= loan.bytes) return true;
    const isSmall = loan.isSmall && bytes <= this.#small;
    if (!isSmall && this.#largeLine.bytes(now) > 0) return false;
    return bytes <= this.#roomFor(isSmall, now, loan);
  }

  #isWanted({ isSmall }: Lent, now: number): boolean {
    if (this.#largeLine.bytes(now) > 0) return true;
    if (this.#smallLine.bytes(now) === 0) return false;
    // If small loans have their half, others wait for these only.
    return isSmall || this.#lent(now).small + this.#small <= this.#budget / 2;
  }
}
