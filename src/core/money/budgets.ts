// The setting BUDGETS: JSON that maps accounts to budgets in US dollars.

import { accountLabel, isAccountName } from "../scope.ts";
import type { Budget } from "./budget.ts";
import type { MicroUsd } from "./micro-usd.ts";

/** The budget of each account. */
export type Budgets = ReadonlyMap<string, Budget>;

/** The value if BUDGETS is not set: no account has a budget. */
export const NO_BUDGETS: Budgets = new Map();

/** The key for every account without a budget of its own. */
const EVERY_ACCOUNT = "*";

/** Highest limit in US dollars. Sums up to this are exact in micro-dollars. */
const MAX_LIMIT = 1_000_000_000;

const EXAMPLE = '{"acme": {"usd_per_day": 50, "usd_per_month": 500}, "*": {"usd_per_month": 100}}';

/** The account's own budget, otherwise the one of `*`; null if there is neither. */
export function budgetOf(budgets: Budgets, account: string): Budget | null {
  return budgets.get(account) ?? budgets.get(EVERY_ACCOUNT) ?? null;
}

/** @returns the budgets, or what is wrong: a message that everyone can read at `/healthz`. */
export function readBudgets(text: string): Budgets | string {
  const value = parsed(text);
  if (!isObject(value)) return `must be a JSON object of budgets by account, such as ${EXAMPLE}`;
  const budgets = new Map<string, Budget>();
  for (const [index, [account, limits]] of Object.entries(value).entries()) {
    if (account !== EVERY_ACCOUNT && !isAccountName(account)) {
      return 'must have account names as keys (1 to 40 characters: a-z, 0-9, _ and -), or "*" for all other accounts';
    }
    const budget = readBudget(limits);
    if (budget === null) {
      const label = account === EVERY_ACCOUNT ? '"*"' : accountLabel(account, index);
      return `must set only usd_per_day, usd_per_month or both for ${label}, each a number from 0 to ${MAX_LIMIT}`;
    }
    budgets.set(account, budget);
  }
  return budgets;
}

function readBudget(limits: unknown): Budget | null {
  if (!isObject(limits)) return null;
  const { usd_per_day: day, usd_per_month: month, ...others } = limits;
  if (Object.keys(others).length > 0 || (day === undefined && month === undefined)) return null;
  return isLimit(day) && isLimit(month) ? { day: limitOf(day), month: limitOf(month) } : null;
}

function isLimit(usd: unknown): usd is number | undefined {
  return usd === undefined || (typeof usd === "number" && usd >= 0 && usd <= MAX_LIMIT);
}

/** Adding 0 turns -0 into 0: -0 would be shown as "-$0.00". */
function limitOf(usd: number | undefined): MicroUsd | null {
  return usd === undefined ? null : Math.round(usd * 1_000_000) + 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
