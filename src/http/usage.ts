// /v1/usage: what an account's generations have cost by day and model, and the state of its budget.

import { toJson } from "../contract/json.ts";
import { usageQuerySchema } from "../contract/requests.ts";
import type { UsageView } from "../contract/usage.ts";
import { type Budget, type BudgetPeriod, type Commitments, periodAround } from "../core/money/budget.ts";
import { budgetOf } from "../core/money/budgets.ts";
import { dateOf, dayOf, dayOfDate } from "../core/money/days.ts";
import { usdOf } from "../core/money/micro-usd.ts";
import { MAX_USAGE_DAYS, NO_USAGE, plusUsage, type UsageQuery, type UsageSums } from "../core/money/usage.ts";
import { iso } from "../core/times.ts";
import { invalidRequest } from "./problem.ts";
import { route, sendJson } from "./route.ts";
import { readQuery } from "./validation.ts";

const DEFAULT_DAYS = 30;

const getUsage = route({ method: "get", path: "/v1/usage" }, async (c) => {
  const { index, clock } = c.get("gateways");
  const scope = c.get("scope");
  const query = readQuery(c, usageQuerySchema);
  const now = clock.now();
  const asked = {
    ...daysIn(query, now),
    byDay: query.group_by.includes("day"),
    byModel: query.group_by.includes("model"),
  };
  const budget = scope.mode === "test" ? null : budgetOf(c.get("config").budgets, scope.account);
  const [rows, commitments] = await Promise.all([
    scope.mode === "test" ? [] : index.usage(scope, asked),
    budget === null ? null : index.commitments(scope),
  ]);
  const json = toJson<UsageView>({
    object: "list",
    data: rows.map((row) => ({ day: row.day === null ? null : dateOf(row.day), model: row.model, ...sumsView(row) })),
    total: sumsView(rows.reduce(plusUsage, NO_USAGE)),
    budget: budget && commitments && budgetView(budget, commitments, now),
  });
  return sendJson(c, json);
});

export const usageRoutes = [getUsage];

/** @throws Problem if the first day is after the last, or there are too many days. */
function daysIn(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  now: number,
): Pick<UsageQuery, "from" | "to"> {
  const last = to === undefined ? dayOf(now) : dayOfDate(to);
  const first = from === undefined ? last - DEFAULT_DAYS + 1 : dayOfDate(from);
  if (first > last) throw invalidRequest([{ pointer: "/from", message: `must not be after ${dateOf(last)}` }]);
  if (last - first >= MAX_USAGE_DAYS) {
    throw invalidRequest([
      {
        pointer: "/from",
        message: `must be ${dateOf(last - MAX_USAGE_DAYS + 1)} or later: a range has at most ${MAX_USAGE_DAYS} days`,
      },
    ]);
  }
  return { from: first, to: last };
}

function sumsView({ generations, completed, failed, canceled, credits, usd, bytes }: UsageSums) {
  return { generations, completed, failed, canceled, credits, usd: usdOf(usd), bytes };
}

function budgetView(budget: Budget, commitments: Commitments, now: number): UsageView["budget"] {
  const periodView = (period: BudgetPeriod) => {
    const limit = budget[period];
    if (limit === null) return null;
    const { spent, reserved } = commitments[period];
    const resetsAt = iso(periodAround(period, now).end);
    return { limit_usd: usdOf(limit), spent_usd: usdOf(spent), reserved_usd: usdOf(reserved), resets_at: resetsAt };
  };
  return { day: periodView("day"), month: periodView("month"), unpriced: commitments.unpriced };
}
