// What an account and mode did in the last day.

import * as z from "zod/mini";
import { count, described, nullableUsd, time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";
import { ERROR_CODES, STATUSES } from "./words.ts";

const byStatus = Object.fromEntries(STATUSES.map((status) => [status, count])) as Record<
  (typeof STATUSES)[number],
  typeof count
>;

/** Each number counts what `GET /v1/generations?created_after={since}` lists with the filter in the description. */
export const overviewSchema = z
  .strictObject({
    object: z.literal("overview"),
    since: described(
      time,
      "24 hours ago, or later if there were more than 100,000 since. Counts are of generations accepted since then.",
    ),
    generations: described(z.strictObject({ total: count, ...byStatus }), "By `status`."),
    errors: described(
      z.array(z.strictObject({ code: z.enum(ERROR_CODES), count })),
      "Failed generations by `error`, the most frequent first.",
    ),
    deliveries: described(
      z.strictObject({ failed: count, pending: count }),
      "Generations that `deliveries=failed` and `deliveries=pending` list.",
    ),
    usage: z.strictObject({
      usd: described(nullableUsd, "What the provider states that it has charged. Null in test mode."),
    }),
  })
  .register(z.globalRegistry, { id: "Overview" });

export type OverviewView = DeepReadonly<z.output<typeof overviewSchema>>;
