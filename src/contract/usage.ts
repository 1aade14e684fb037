// The answer of `GET /v1/usage`: usage by day and model, and the state of the account's budget.

import * as z from "zod/mini";
import { count, described, time, usd } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";

const sums = {
  generations: described(count, "All generations, including those under way."),
  completed: count,
  failed: count,
  canceled: count,
  credits: described(z.number(), "What the provider states that it has charged."),
  usd,
  bytes: described(count, "Size of the stored videos, deleted or not."),
};

const row = z.strictObject({
  day: described(
    z.nullable(z.iso.date()),
    "The day on which the generations were accepted (UTC). Null unless `group_by` has `day`.",
  ),
  model: described(z.nullable(z.string()), "Null unless `group_by` has `model`."),
  ...sums,
});

const budgetPeriod = z.strictObject({
  limit_usd: usd,
  spent_usd: described(usd, "What generations that have ended count towards the budget."),
  reserved_usd: described(usd, "The estimates of generations under way."),
  resets_at: described(time, "When the budget resets."),
});

const budget = z.strictObject({
  day: z.nullable(budgetPeriod),
  month: z.nullable(budgetPeriod),
  unpriced: described(
    count,
    "Generations under way whose price is not known. While there is one, no other is accepted.",
  ),
});

/** The answer of `GET /v1/usage`. */
export const usageSchema = z
  .strictObject({
    object: z.literal("list"),
    data: described(z.array(row), "In order of day and model. Only days and models with generations."),
    total: z.strictObject(sums),
    budget: described(z.nullable(budget), "The state of the account's budget now. Null if it has none."),
  })
  .register(z.globalRegistry, { id: "Usage" });

export type UsageView = DeepReadonly<z.output<typeof usageSchema>>;
