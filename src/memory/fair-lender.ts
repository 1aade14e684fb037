// Limits the memory that request bodies use in an isolate, and shares it between accounts. The account that has used the
// least goes first, so that none can keep the others out: neither by asking often, nor by sending its bodies slowly.

import { elapsed, Ledger } from "./ledger.ts";
import { type LenderDeps, Pauses, SYSTEM } from "./pauses.ts";

/** How long a body waits for memory. */
export const PATIENCE_MS = 10_000;

/** A body that has waited this long takes the memory of bodies that are still arriving, of accounts that used more. */
const RECALL_AFTER_MS = 5_000;

/** A loan that is not renewed for this long belongs to a request that died. */
const FORGOTTEN_MS = 15_000;

/** A waiter that misses its next try by this much belongs to a request that died. */
const LATE_MS = 1_000;

/** Of one account. One more is refused at once. */
const MAX_WAITING = 500;

export interface BodyLoan {
  /**
   * Marks the loan as still in use.
   *
   * @returns false if it is recalled for another account: the body must then be given up, unless it has arrived.
   */
  renew(): boolean;
  /** The body has arrived: the loan is no longer recalled, and shrinks to its size. */
  settle(bytes: number): void;
  release(): void;
}

interface Lent {
  readonly account: string;
  readonly begunAt: number;
  bytes: number;
  renewedAt: number;
  /** Until when the account's use includes this loan. */
  countedAt: number;
  isArriving: boolean;
  isRecalled: boolean;
}

interface Waiter {
  readonly account: string;
  readonly since: number;
  triesAt: number;
  /** Time of the last try if it was its account's turn, but there was no room; otherwise null. */
  blockedAt: number | null;
}

/** Shared by an isolate: make one per use of memory, at the top level of a module. */
export class FairLender {
  readonly #deps: LenderDeps;
  readonly #budget: number;
  readonly #pauses = new Pauses();
  readonly #loans = new Set<Lent>();
  /** Oldest first. */
  readonly #waiters = new Set<Waiter>();
  /** Bytes times milliseconds, without what loans have used since `countedAt`. */
  readonly #used = new Ledger();
  /**
   * The same for what an account asked for, while it was its turn and all others waited for it. Otherwise it could hold
   * up the others by asking for more than there is, again and again, without using anything.
   */
  readonly #blocked = new Ledger();

  /** @param budget bytes lent at once, in all. */
  constructor(budget: number, deps: LenderDeps = SYSTEM) {
    this.#budget = budget;
    this.#deps = deps;
  }

  /** Waits until there is room, for {@link PATIENCE_MS} at most. Null if there was none. */
  async lend(bytes: number, account: string): Promise<BodyLoan | null> {
    const since = this.#deps.now();
    const waiter: Waiter = { account, since, triesAt: since, blockedAt: null };
    const ofAccount = [...this.#waiters].filter((other) => other.account === account);
    if (ofAccount.length >= MAX_WAITING) return null;
    try {
      for (;;) {
        const loan = this.#lendNow(bytes, waiter);
        const now = this.#deps.now();
        const left = since + PATIENCE_MS - now;
        if (loan !== null || left <= 0) return loan;
        const pause = Math.min(this.#pauses.next(now), left);
        waiter.triesAt = now + pause;
        await this.#deps.sleep(pause);
      }
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** Null if there is no room, or it is another's turn. One request cannot wake another, so each calls this repeatedly. */
  #lendNow(bytes: number, waiter: Waiter): BodyLoan | null {
    const now = this.#deps.now();
    waiter.triesAt = now;
    this.#waiters.add(waiter);
    this.#forgetTheDead(now);
    const lent = sum(this.#loans);
    // A loan larger than the budget is granted when nothing else is lent.
    const hasRoom = lent === 0 || lent + bytes <= this.#budget;
    if (hasRoom && this.#waiters.size === 1) return this.#grant(bytes, waiter, now);
    const used = this.#usedByAccount(now);
    const usedBy = ({ account }: { account: string }) => used.get(account) ?? 0;
    const rank = (each: Waiter) => usedBy(each) + this.#blocked.of(each.account, now);
    const [next] = [...this.#waiters].sort((a, b) => rank(a) - rank(b));
    const { blockedAt } = waiter;
    waiter.blockedAt = null;
    // A large body that finds no room does not hold up smaller ones of its own account.
    if (next?.account !== waiter.account) return null;
    if (hasRoom) return this.#grant(bytes, waiter, now);
    if (blockedAt !== null) this.#blocked.add(waiter.account, bytes * elapsed(blockedAt, now), now);
    waiter.blockedAt = now;
    if (now - waiter.since < RECALL_AFTER_MS) return null;
    const recallable = [...this.#loans]
      .filter((loan) => loan.isArriving && usedBy(loan) > usedBy(waiter))
      .sort((a, b) => usedBy(b) - usedBy(a) || a.begunAt - b.begunAt)
      .sort((a, b) => Number(b.isRecalled) - Number(a.isRecalled));
    recall(recallable, Math.min(lent, lent + bytes - this.#budget));
    return null;
  }

  #grant(bytes: number, { account }: Waiter, now: number): BodyLoan {
    const times = { begunAt: now, renewedAt: now, countedAt: now };
    const loan: Lent = { account, bytes, ...times, isArriving: true, isRecalled: false };
    let isReleased = false;
    this.#loans.add(loan);
    return {
      renew: () => {
        loan.renewedAt = this.#deps.now();
        // Counts again if it was dropped as forgotten.
        if (!isReleased) this.#loans.add(loan);
        return !loan.isRecalled;
      },
      settle: (size) => {
        this.#count(loan, this.#deps.now());
        loan.bytes = size;
        loan.isArriving = false;
      },
      release: () => {
        isReleased = true;
        if (this.#loans.delete(loan)) this.#count(loan, this.#deps.now());
      },
    };
  }

  #forgetTheDead(now: number): void {
    for (const loan of this.#loans) {
      if (loan.renewedAt >= now - FORGOTTEN_MS) continue;
      this.#count(loan, now);
      this.#loans.delete(loan);
    }
    for (const waiter of this.#waiters) if (waiter.triesAt < now - LATE_MS) this.#waiters.delete(waiter);
  }

  /** Adds what a loan has used since it was last counted to what its account has used. */
  #count(loan: Lent, now: number): void {
    this.#used.add(loan.account, loan.bytes * elapsed(loan.countedAt, now), now);
    loan.countedAt = now;
  }

  /** Of every account that waits or has a loan. */
  #usedByAccount(now: number): ReadonlyMap<string, number> {
    const accounts = [...this.#loans, ...this.#waiters].map(({ account }) => account);
    const used = new Map(accounts.map((account) => [account, this.#used.of(account, now)]));
    for (const { account, bytes, countedAt } of this.#loans) {
      used.set(account, (used.get(account) ?? 0) + bytes * elapsed(countedAt, now));
    }
    return used;
  }
}

/** Recalls as many loans as free these bytes, the first ones first; none if all of them would not be enough. */
function recall(loans: readonly Lent[], bytes: number): void {
  if (sum(loans) < bytes) return;
  let freed = 0;
  for (const loan of loans) {
    if (freed >= bytes) return;
    loan.isRecalled = true;
    freed += loan.bytes;
  }
}

function sum(loans: Iterable<Lent>): number {
  let bytes = 0;
  for (const loan of loans) bytes += loan.bytes;
  return bytes;
}
