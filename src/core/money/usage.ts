// What generations have cost.

import type { Day } from "./days.ts";
import type { MicroUsd } from "./micro-usd.ts";

/** What the provider says that a generation has cost. */
export interface Usage {
  readonly credits: number | null;
  readonly usd: MicroUsd | null;
}

/** What the provider states while the job runs. Zero is not its price yet: a job is charged once it is done. */
export function priceSoFar({ credits, usd }: Usage): Usage {
  return { credits: credits || null, usd: usd || null };
}

/** What a generation has cost, once nothing more can be charged. */
export interface Cost extends Usage {
  /** What counts towards budgets. */
  readonly spent: MicroUsd;
}

/** Most days between the first and the last one of a query, both included. */
export const MAX_USAGE_DAYS = 366;

/** Asks for sums over the generations of an account. */
export interface UsageQuery {
  /** The first and the last day of acceptance. */
  readonly from: Day;
  readonly to: Day;
  readonly byDay: boolean;
  readonly byModel: boolean;
}

/** Sums over the generations of a day, of a model, or of both. */
export interface UsageRow {
  /** Null unless the query is by day. */
  readonly day: Day | null;
  /** Null unless the query is by model. */
  readonly model: string | null;
  /** All of them, including those under way. */
  readonly generations: number;
  readonly completed: number;
  readonly failed: number;
  readonly canceled: number;
  readonly credits: number;
  readonly usd: MicroUsd;
  /** Of the stored videos, deleted or not. */
  readonly bytes: number;
}
