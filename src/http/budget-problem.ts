// The answer to a request that an account's budget refuses.

import type { BudgetRefusal } from "../core/money/budget.ts";
import { usdOf } from "../core/money/micro-usd.ts";
import { iso } from "../core/times.ts";
import { Problem } from "./problem.ts";

interface Times {
  readonly now: number;
  /** When it is worth trying again if other generations must end first. */
  readonly retryMs: number;
}

export function budgetExceeded(refusal: BudgetRefusal, { now, retryMs }: Times): Problem {
  switch (refusal.kind) {
    case "budget_exceeded": {
      const { period, limit, endsAt } = refusal;
      const resetsAt = iso(endsAt);
      const detail = `The budget of $${usdOf(limit)} a ${period} has no room for this generation. It begins anew at ${resetsAt}.`;
      return problem(detail, endsAt - now, { budget_resets_at: resetsAt });
    }
    case "unpriced_under_way":
      return problem(
        "A generation whose price is not known is under way. With a budget, no other is accepted until it has ended.",
        retryMs,
      );
    case "must_run_alone":
      return problem(
        "The price of this generation is not known. With a budget, it is only accepted while no other is under way.",
        retryMs,
      );
  }
}

function problem(detail: string, waitMs: number, extras: { readonly budget_resets_at?: string } = {}): Problem {
  const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1000)));
  return new Problem("budget_exceeded", detail, extras, { "retry-after": retryAfter });
}
