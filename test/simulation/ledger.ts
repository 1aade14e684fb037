// Computes independently what a simulated account must count, from the records of the generations and the requests that
// hold a reservation, and compares the account with it. Each complaint begins with the invariant's name.

import type { Summary } from "../../src/core/generation/action.ts";
import { type Generation, isInFlight } from "../../src/core/generation/record.ts";
import type { Budget, BudgetPeriod } from "../../src/core/money/budget.ts";
import type { Period } from "../../src/core/money/days.ts";
import type { MicroUsd } from "../../src/core/money/micro-usd.ts";
import type { AccountHost } from "./account.ts";

/** What a request has reserved. */
export interface Claim {
  readonly id: string;
  readonly createdAt: number;
  readonly estimate: MicroUsd | null;
  /** After this time, the request cannot create the generation. */
  readonly takeBy: number;
}

export interface LedgerDeps {
  readonly account: AccountHost;
  /** The newest record of each generation, even if it has been deleted since. */
  records(): readonly Generation[];
  /** Periods in which generations may be accepted. */
  readonly periods: readonly (readonly [BudgetPeriod, Period])[];
}

/** The watchdog finds an unused place within a minute, and its call takes some time. */
const LONGEST_RESERVATION_MS = 61_000;

const EVER: Period = { start: 0, end: Number.MAX_SAFE_INTEGER };

export class Ledger {
  readonly complaints: string[] = [];
  readonly #deps: LedgerDeps;
  readonly #claims = new Set<Claim>();
  /** Ids of generations whose settled cost has reached the account. */
  readonly #settled = new Set<string>();
  /** Costs above the estimate that have reached the account since the last check. */
  #overcharges: { readonly at: number; readonly amount: MicroUsd }[] = [];
  readonly #before = new Map<string, MicroUsd>();
  #budget: Budget = { day: null, month: null };
  #spent: MicroUsd = 0;

  constructor(deps: LedgerDeps) {
    this.#deps = deps;
  }

  /** A request has reserved. @param budget the budget that its claim was checked against. */
  open(claim: Claim, budget: Budget): void {
    this.#budget = budget;
    this.#claims.add(claim);
  }

  /** The request can no longer create its generation. */
  close(claim: Claim): void {
    this.#claims.delete(claim);
  }

  /** The account receives this summary. */
  learn({ id, createdAt, estimate, settlement }: Summary): void {
    if (settlement === null || this.#settled.has(id)) return;
    this.#settled.add(id);
    const amount = settlement.spent - (estimate ?? 0);
    if (amount > 0) this.#overcharges.push({ at: createdAt, amount });
  }

  /** Called after each durable change of the account or a generation. */
  check(): void {
    this.#checkBudget();
    this.#checkAlone();
    this.#checkSpent();
    this.#checkReservations();
  }

  #checkBudget(): void {
    const { account, periods } = this.#deps;
    for (const [kind, period] of periods) {
      const limit = this.#budget[kind];
      const { spent, reserved } = account.stores.places.commitments(period.start)[kind];
      const growth = [
        ["the account counts", this.#growth(`${kind} ${period.start} counted`, spent + reserved)],
        ["its generations add up to", this.#growth(`${kind} ${period.start}`, this.#committedIn(period))],
      ] as const;
      const extra = this.#overcharges.filter(isIn(period)).reduce((sum, { amount }) => sum + amount, 0);
      for (const [who, { by, to }] of growth) {
        if (limit !== null && to > limit && by > extra) {
          this.complaints.push(
            `never more than the budget: ${who} ${to} of ${limit} a ${kind}, ${by} more than before`,
          );
        }
      }
    }
    this.#overcharges = [];
  }

  #growth(what: string, to: MicroUsd): { readonly by: MicroUsd; readonly to: MicroUsd } {
    const by = to - (this.#before.get(what) ?? 0);
    this.#before.set(what, to);
    return { by, to };
  }

  /** What counts towards a budget. A cost above the estimate counts once the account knows of it. */
  #committedIn(period: Period): MicroUsd {
    const records = this.#deps.records();
    const made = records.filter(({ createdAt }) => isIn(period)({ at: createdAt }));
    const known = new Set(records.map(({ id }) => id));
    const claimed = new Map<string, MicroUsd>();
    for (const { id, createdAt, estimate } of this.#openClaims()) {
      // Only one request creates the generation.
      if (!known.has(id) && isIn(period)({ at: createdAt }))
        claimed.set(id, Math.max(estimate ?? 0, claimed.get(id) ?? 0));
    }
    const amounts = made.map(({ id, estimate = 0, cost }) => {
      if (cost === undefined) return estimate;
      return this.#settled.has(id) ? cost.spent : Math.min(cost.spent, estimate);
    });
    return [...amounts, ...claimed.values()].reduce((sum, amount) => sum + amount, 0);
  }

  /** Claims of requests that may still create their generation. */
  #openClaims(): Claim[] {
    const { now } = this.#deps.account;
    return [...this.#claims].filter(({ takeBy }) => now <= takeBy);
  }

  #checkAlone(): void {
    const records = this.#deps.records();
    const known = new Set(records.map(({ id }) => id));
    const claims = this.#openClaims().filter(({ id }) => !known.has(id));
    const underWay = [...records.filter(isInFlight), ...claims];
    const unpriced = underWay.filter(({ estimate = null }) => estimate === null);
    const ids = new Set(underWay.map(({ id }) => id));
    if (unpriced.length > 0 && ids.size > 1) {
      this.complaints.push(`a generation whose price is not known runs alone: ${ids.size} are under way`);
    }
  }

  #checkSpent(): void {
    const { usage } = this.#deps.account.stores;
    const spent = usage.spentIn(EVER);
    if (spent < this.#spent) this.complaints.push(`what was spent stays spent: ${this.#spent} became ${spent}`);
    this.#spent = spent;
  }

  /**
   * A reservation that no request holds any more is given back within a minute, unless a fault delays the watchdog.
   */
  #checkReservations(): void {
    const { account } = this.#deps;
    const { now, delayedUntil } = account;
    const records = this.#deps.records();
    for (const { id, createdAt } of account.places()) {
      const isTaken = records.some((record) => record.id === id && record.createdAt === createdAt);
      if (isTaken || now - Math.max(createdAt, delayedUntil) <= LONGEST_RESERVATION_MS) continue;
      this.complaints.push(`nothing stays reserved: a place was held for ${now - createdAt} ms`);
    }
  }
}

function isIn({ start, end }: Period): (when: { readonly at: number }) => boolean {
  return ({ at }) => at >= start && at < end;
}
