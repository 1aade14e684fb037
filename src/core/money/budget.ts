// Budgets limit what an account may spend in a day and in a month, both in UTC. A generation counts on the day on which
// it was accepted: with its estimate while it is under way, and afterwards with its cost.

import { dayAround, monthAround } from "./days.ts";
import type { MicroUsd } from "./micro-usd.ts";

/** A day or a calendar month, in UTC. */
export type BudgetPeriod = "day" | "month";

/** The limits of an account. Null means that the period has no limit. */
export interface Budget {
  readonly day: MicroUsd | null;
  readonly month: MicroUsd | null;
}

/** What counts towards a budget in one of its periods. */
export interface Committed {
  /** The costs of generations that have ended. */
  readonly spent: MicroUsd;
  /** The estimates of generations under way. */
  readonly reserved: MicroUsd;
}

/** An account's generations as its budget sees them. */
export interface Commitments {
  readonly day: Committed;
  readonly month: Committed;
  /** Number of generations under way, no matter when they were accepted. */
  readonly underWay: number;
  /** Number of generations under way whose price is not known. */
  readonly unpriced: number;
}

/** Why a budget does not allow a generation now. */
export type BudgetRefusal =
  /** The generation does not fit into this period's budget. */
  | {
      readonly kind: "budget_exceeded";
      readonly period: BudgetPeriod;
      readonly limit: MicroUsd;
      /** The sum that is spent or reserved. */
      readonly committed: MicroUsd;
      /** The generation's estimate; null if its price is not known. */
      readonly estimate: MicroUsd | null;
      /** When the budget resets, in milliseconds since the Unix epoch. */
      readonly endsAt: number;
    }
  /** The price of this generation is not known, so it must run alone, but others are under way. */
  | { readonly kind: "must_run_alone" }
  /** A generation whose price is not known is under way, and it must run alone. */
  | { readonly kind: "unpriced_under_way" };

/** The day or month that contains `time`, in milliseconds since the Unix epoch. */
export function periodAround(period: BudgetPeriod, time: number) {
  return period === "day" ? dayAround(time) : monthAround(time);
}

/**
 * Whether the budget refuses a generation that would be accepted at `at`. The caller must reserve the estimate before
 * it checks the next generation.
 *
 * @param estimate null if the price is not known. The generation then runs alone, and may cost more than is left.
 * @returns null if the generation may run.
 */
export function budgetRefusal(
  budget: Budget,
  commitments: Commitments,
  { estimate, at }: { readonly estimate: MicroUsd | null; readonly at: number },
): BudgetRefusal | null {
  // The month comes first, because it resets later.
  for (const period of ["month", "day"] as const) {
    const limit = budget[period];
    if (limit === null) continue;
    const committed = commitments[period].spent + commitments[period].reserved;
    const isOver = estimate === null ? committed >= limit : committed + estimate > limit;
    if (!isOver) continue;
    return { kind: "budget_exceeded", period, limit, committed, estimate, endsAt: periodAround(period, at).end };
  }
  if (commitments.unpriced > 0) return { kind: "unpriced_under_way" };
  return estimate === null && commitments.underWay > 0 ? { kind: "must_run_alone" } : null;
}
