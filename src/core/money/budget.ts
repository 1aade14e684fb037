// Budgets limit what an account may spend in a day and in a month, both in UTC. A generation counts on the day when it was
// accepted: with its estimate while it is under way, and then with what it has cost.

import { dayAround, monthAround } from "./days.ts";
import type { MicroUsd } from "./micro-usd.ts";

/** A day or a calendar month, in UTC. */
export type BudgetPeriod = "day" | "month";

/** Limits of an account. Null where there is none. */
export interface Budget {
  readonly day: MicroUsd | null;
  readonly month: MicroUsd | null;
}

/** What counts towards a budget in one of its periods. */
export interface Committed {
  /** By generations that have ended. */
  readonly spent: MicroUsd;
  /** The estimates of generations that are under way. */
  readonly reserved: MicroUsd;
}

/** An account's generations as its budget sees them. */
export interface Commitments {
  readonly day: Committed;
  readonly month: Committed;
  /** Generations under way, whenever they were accepted. */
  readonly underWay: number;
  /** Those of them without an estimate. */
  readonly unpriced: number;
}

/** Why a budget does not allow a generation now. */
export type BudgetRefusal =
  /** The generation does not fit into this period's budget. */
  | {
      readonly kind: "budget_exceeded";
      readonly period: BudgetPeriod;
      readonly limit: MicroUsd;
      /** What is spent or reserved. */
      readonly committed: MicroUsd;
      /** Of the generation; null if the price is not known. */
      readonly estimate: MicroUsd | null;
      readonly endsAt: number;
    }
  /** A generation without an estimate runs alone, and other generations are under way. */
  | { readonly kind: "must_run_alone" }
  /** A generation without an estimate is under way, and runs alone. */
  | { readonly kind: "unpriced_under_way" };

/** The period that `time` is in, in milliseconds since the Unix epoch. */
export function periodAround(period: BudgetPeriod, time: number) {
  return period === "day" ? dayAround(time) : monthAround(time);
}

/**
 * Whether a generation that is accepted at `at` must be refused. Whoever calls this reserves the estimate before anything
 * else can be accepted.
 *
 * @param estimate null if the price is not known. Such a generation runs alone, and may exceed what is left.
 * @returns null if it may run.
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
