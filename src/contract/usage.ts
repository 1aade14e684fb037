// The answer of `GET /v1/usage`: usage by day and model, and the state of the account's budget.

import * as z from "zod/mini";
import { count, time, usd } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";

const sums = {
  /** All generations, including those under way. */
  generations: count,
  completed: count,
  failed: count,
  canceled: count,
  /** What the provider states that it has charged. */
  credits: z.number(),
  usd,
  /** Size of the stored videos, deleted or not. */
  bytes: count,
};

const row = z.strictObject({
  /** The day on which the generations were accepted (UTC). Null unless `group_by` has `day`. */
  day: z.nullable(z.iso.date()),
  /** Null unless `group_by` has `model`. */
  model: z.nullable(z.string()),
  ...sums,
});

const budgetPeriod = z.strictObject({
  limit_usd: usd,
  /** What generations that have ended count towards the budget. */
  spent_usd: usd,
  /** The estimates of generations under way. */
  reserved_usd: usd,
  /** When the budget resets. */
  resets_at: time,
});

const budget = z.strictObject({
  day: z.nullable(budgetPeriod),
  month: z.nullable(budgetPeriod),
  /** Generations under way whose price is not known. While there is one, no other is accepted. */
  unpriced: count,
});

/** The answer of `GET /v1/usage`. */
export const usageSchema = z
  .strictObject({
    object: z.literal("list"),
    /** In order of day and model. Only days and models with generations. */
    data: z.array(row),
    total: z.strictObject(sums),
    /** The state of the account's budget now. Null if it has none. */
    budget: z.nullable(budget),
  })
  .register(z.globalRegistry, { id: "Usage" });

export type UsageView = DeepReadonly<z.output<typeof usageSchema>>;
