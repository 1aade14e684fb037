// The watchdog's rules: when a generation or place is checked, and what follows from the answer of its object.

import { CHECK_INTERVAL_MS } from "../core/generation/summary.ts";
import type { Budget } from "../core/money/budget.ts";
import type { Ensured } from "../generation/results.ts";
import type { IndexStore, Overdue } from "./index-store.ts";

/** Generations and places checked per alarm. */
export const CHECKS_AT_ONCE = 20;

/** Delay before a generation that did not answer is checked again, and before a failed alarm runs again. */
export const RETRY_MS = 60_000;

/**
 * How long after its reservation an estimate is checked. Long enough for a request that stages its input. Not longer,
 * because the estimate of a lost request counts towards the budget until then.
 */
const RESERVATION_CHECK_MS = 50_000;

/** A place must be taken this long before its check. Longer than the clocks of two objects may differ. */
const TAKE_MARGIN_MS = 5_000;

/** When a place is checked, and until when a generation can take it. In milliseconds since the Unix epoch. */
export function placeTimes(now: number, budget: Budget | null): { readonly checkAt: number; readonly takeBy: number } {
  const checkAt = now + (budget === null ? CHECK_INTERVAL_MS : RESERVATION_CHECK_MS);
  return { checkAt, takeBy: checkAt - TAKE_MARGIN_MS };
}

/**
 * Schedules the next check, or removes the row.
 *
 * @param ensured the answer of the generation's object; null if it did not answer.
 */
export function settleCheck(index: IndexStore, checked: Overdue, ensured: Ensured | null, now: number): void {
  if (ensured === null) index.setCheck(checked, now + RETRY_MS);
  else if (ensured.createdAt === checked.createdAt) index.setCheck(checked, ensured.checkAt);
  // No generation has taken the place, or the generation is gone, or a newer one has its id.
  else index.delete(checked);
}
