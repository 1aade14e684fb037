// The answer to a request that an account's budget refuses.

import type { BudgetRefusal } from "../core/money/budget.ts";
import { type MicroUsd, usdOf } from "../core/money/micro-usd.ts";
import { iso } from "../core/times.ts";
import { Problem } from "./problem.ts";

interface Times {
  readonly now: number;
  /** How long to wait if other generations must end first. */
  readonly retryMs: number;
}

/** The problem says why the budget refuses the generation, and when to try again. */
export function budgetExceeded(refusal: BudgetRefusal, { now, retryMs }: Times): Problem {
  switch (refusal.kind) {
    case "budget_exceeded": {
      const resetsAt = iso(refusal.endsAt);
      const detail = `${reasonOf(refusal)} The budget resets at ${resetsAt}.`;
      return problem(detail, refusal.endsAt - now, { budget_resets_at: resetsAt });
    }
    case "unpriced_under_way":
      return problem(
        "A generation whose price is not known is under way. " +
          "With a budget, no other generation is accepted until it ends.",
        retryMs,
      );
    case "must_run_alone":
      return problem(
        "The price of this generation is not known. " +
          "With a budget, it is accepted only while no other generation is under way.",
        retryMs,
      );
  }
}

type Exceeded = Extract<BudgetRefusal, { readonly kind: "budget_exceeded" }>;

function reasonOf({ period, limit, committed, estimate }: Exceeded): string {
  const amount = `budget of ${dollars(limit)} a ${period}`;
  if (estimate === null) return `The whole ${amount} is spent or reserved.`;
  const itsEstimate = `This generation is estimated at ${dollars(estimate)}`;
  if (estimate > limit) return `${itsEstimate}, which is more than the whole ${amount}, so it is always refused.`;
  return `${itsEstimate}, but ${dollars(committed)} of the ${amount} is spent or reserved.`;
}

function dollars(amount: MicroUsd): string {
  const format = { style: "currency", currency: "USD", maximumFractionDigits: 6 } as const;
  return usdOf(amount).toLocaleString("en-US", format);
}

function problem(detail: string, waitMs: number, extras: { readonly budget_resets_at?: string } = {}): Problem {
  const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1000)));
  return new Problem("budget_exceeded", detail, extras, { "retry-after": retryAfter });
}
