// Limits the bodies that an isolate works on at once: it has 128 MB, and reading and parsing a body takes a multiple of
// its size. A body that finds no room waits, and is then refused.

import { type BodyLoan, FairLender, PATIENCE_MS } from "../memory/fair-lender.ts";
import { Problem } from "./problem.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bodies up to this size borrow nothing: most requests are that small, and never wait. */
export const FREE_BYTES = 4 * KIB;

/** Bodies do not wait for larger ones. Each size up to `most` has memory of its own. */
const SIZES = [
  { most: 64 * KIB, lender: new FairLender(8 * MIB) },
  { most: MIB, lender: new FairLender(16 * MIB) },
  { most: Number.POSITIVE_INFINITY, lender: new FairLender(32 * MIB) },
] as const;

/** Shorter than the time after which a loan counts as forgotten, and how soon a body notices that it is recalled. */
const RENEW_MS = 1_000;

/** The loan of one request. */
export class BodyMemory {
  readonly #account: string;
  readonly #maxBytes: number;
  #loan: BodyLoan | null = null;
  /** Size of the loan, or of the largest body without one. */
  #bytes = FREE_BYTES;
  /** The platform ends it with the request, even if `release` is never called. */
  #renewal: ReturnType<typeof setInterval> | null = null;
  #onRecall: (problem: Problem) => void = () => {};

  /** @param account shares the memory with the other accounts. */
  constructor(account: string, maxBytes: number) {
    this.#account = account;
    this.#maxBytes = maxBytes;
  }

  /** Borrows for a body of known length. @throws Problem if there is no room for it. */
  async borrow(bytes: number): Promise<void> {
    if (bytes <= this.#bytes) return;
    const loan = (await SIZES.find(({ most }) => bytes <= most)?.lender.lend(bytes, this.#account)) ?? null;
    if (loan === null) throw overloaded();
    this.#loan?.release();
    this.#loan = loan;
    this.#bytes = bytes;
    this.#renewal ??= setInterval(() => this.#renew(), RENEW_MS);
  }

  /**
   * Borrows for a body of unknown length that has grown to `bytes`. A large one borrows all that it may need at once,
   * because bodies that hold memory while they wait for more could wait for each other.
   *
   * @returns how large the body may grow. @throws Problem if there is no room for it.
   */
  async borrowFor(bytes: number): Promise<number> {
    const size = SIZES.find(({ most }) => bytes < most);
    if (bytes >= this.#bytes && size !== undefined) await this.borrow(Math.min(size.most, this.#maxBytes));
    return this.#bytes;
  }

  /** @param report called while the body arrives, if another account needs the memory. May be called repeatedly. */
  onRecall(report: (problem: Problem) => void): void {
    this.#onRecall = report;
  }

  /** The body has arrived: gives back what it did not need. */
  settle(bytes: number): void {
    this.#onRecall = () => {};
    this.#loan?.settle(bytes);
  }

  release(): void {
    if (this.#renewal !== null) clearInterval(this.#renewal);
    this.#loan?.release();
  }

  #renew(): void {
    if (this.#loan?.renew() === false) this.#onRecall(overloaded());
  }
}

function overloaded(): Problem {
  const seconds = PATIENCE_MS / 1000;
  const detail = `Too many request bodies are being read at once. Try again in ${seconds} seconds.`;
  return new Problem("overloaded", detail, {}, { "retry-after": String(seconds) });
}
