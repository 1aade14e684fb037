// Limits the bodies that an isolate works on at once: it has 128 MB, and reading and parsing a body takes a multiple of
// its size. A body that finds no room waits, and is then refused.

import { Lender, type Loan } from "../memory/lender.ts";
import { Problem } from "./problem.ts";

const MIB = 1024 * 1024;

/** Bodies up to this size borrow nothing. */
const FREE_BYTES = 64 * 1024;

/** Bodies up to this size do not wait for larger ones. */
const SMALL_BYTES = MIB;

const small = new Lender(16 * MIB);
const large = new Lender(32 * MIB);

/** How long a body waits for memory. */
const PATIENCE_MS = 10_000;

/** Interval between renewals. Shorter than the time after which a loan counts as forgotten. */
const RENEW_MS = 20_000;

/** The loan of one request. */
export class BodyMemory {
  readonly #maxBytes: number;
  #loan: Loan | null = null;
  /** Size of the loan, or of the largest body without one. */
  #bytes = FREE_BYTES;
  /** The platform ends it with the request, even if `release` is never called. */
  #renewal: ReturnType<typeof setInterval> | null = null;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Borrows for a body of known length. @throws Problem if there is no room for it. */
  async borrow(bytes: number): Promise<void> {
    if (bytes <= this.#bytes) return;
    const loan = await (bytes > SMALL_BYTES ? large : small).lendWithin(bytes, PATIENCE_MS);
    if (loan === null) throw overloaded();
    this.#loan?.release();
    this.#loan = loan;
    this.#bytes = bytes;
    this.#renewal ??= setInterval(() => this.#loan?.renew(), RENEW_MS);
  }

  /**
   * Borrows for a body of unknown length that has grown to `bytes`. A large one borrows all that it may need at once,
   * because bodies that hold memory while they wait for more could wait for each other.
   *
   * @returns how large the body may grow. @throws Problem if there is no room for it.
   */
  async borrowFor(bytes: number): Promise<number> {
    const most = bytes < SMALL_BYTES ? Math.min(SMALL_BYTES, this.#maxBytes) : this.#maxBytes;
    if (bytes >= this.#bytes) await this.borrow(most);
    return this.#bytes;
  }

  /** Gives back what the body did not need. */
  settle(bytes: number): void {
    this.#loan?.resize(bytes);
  }

  release(): void {
    if (this.#renewal !== null) clearInterval(this.#renewal);
    this.#loan?.release();
  }
}

function overloaded(): Problem {
  const seconds = PATIENCE_MS / 1000;
  const detail = `Too many large request bodies are being read at once. Try again in ${seconds} seconds.`;
  return new Problem("overloaded", detail, {}, { "retry-after": String(seconds) });
}
