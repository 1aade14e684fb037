// What the provider states that generations have cost, and the sums that an account keeps.

import type { Day } from "./days.ts";
import type { MicroUsd } from "./micro-usd.ts";

/** What the provider states that a generation has cost. Null means that it states nothing in this unit. */
export interface Usage {
  readonly credits: number | null;
  readonly usd: MicroUsd | null;
}

/** Usage that the provider states while the job runs. Zero counts as not stated: a job is charged when it is done. */
export function priceSoFar({ credits, usd }: Usage): Usage {
  return { credits: credits || null, usd: usd || null };
}

/** The settled cost of a generation: nothing more can be charged. */
export interface Cost extends Usage {
  /** What counts towards budgets. */
  readonly spent: MicroUsd;
}

/** Most days that a query may cover, including the first and the last one. */
export const MAX_USAGE_DAYS = 366;

/** A query for sums over the generations of an account. */
export interface UsageQuery {
  /** The first and the last day of acceptance. */
  readonly from: Day;
  readonly to: Day;
  readonly byDay: boolean;
  readonly byModel: boolean;
}

/** Sums over generations. */
export interface UsageSums {
  /** All generations, including those under way. */
  readonly generations: number;
  readonly completed: number;
  readonly failed: number;
  readonly canceled: number;
  readonly credits: number;
  readonly usd: MicroUsd;
  /** Size of the stored videos, deleted or not. */
  readonly bytes: number;
}

/** Sums over the generations of a day, of a model, or of both. */
export interface UsageRow extends UsageSums {
  /** Null unless the query is by day. */
  readonly day: Day | null;
  /** Null unless the query is by model. */
  readonly model: string | null;
}

/** The sums over no generations. */
export const NO_USAGE: UsageSums = {
  generations: 0,
  completed: 0,
  failed: 0,
  canceled: 0,
  credits: 0,
  usd: 0,
  bytes: 0,
};

/** Adds up two sums, whose `usd` must be in the same unit. */
export function plusUsage(sums: UsageSums, more: UsageSums): UsageSums {
  return {
    generations: sums.generations + more.generations,
    completed: sums.completed + more.completed,
    failed: sums.failed + more.failed,
    canceled: sums.canceled + more.canceled,
    credits: sums.credits + more.credits,
    usd: sums.usd + more.usd,
    bytes: sums.bytes + more.bytes,
  };
}
