// Makes one attempt to deliver one event to one webhook. A slow or dead webhook delays no other.

import { afterAttempt, postponed } from "../webhooks/delivery.ts";
import { abandonedBy } from "../webhooks/fan-out.ts";
import { type Action, actionKey, type Entry } from "./action.ts";
import { withDeliveries, withGeneration } from "./draft.ts";
import { withReportDue } from "./report.ts";
import type { Rule } from "./rule.ts";

export const deliver: Rule<"deliver"> = {
  leaseMs: 20_000,

  /** Oldest due time first. Deliveries with a running attempt are left out. */
  entries({ deliveries }, { running }) {
    const entries: Entry<Action<"deliver">>[] = [];
    for (const { id, nextAttemptAt } of deliveries) {
      const action = { kind: "deliver", deliveryId: id } as const;
      if (nextAttemptAt !== null && !running.has(actionKey(action))) entries.push({ at: nextAttemptAt, action });
    }
    return entries.sort((a, b) => a.at - b.at);
  },

  isWanted: ({ deliveryId }, { deliveries }) => deliveries.some(({ id }) => id === deliveryId),

  settle(draft, { deliveryId, result }, { now, random }) {
    const delivery = draft.deliveries.find(({ id }) => id === deliveryId);
    if (delivery === undefined) return draft;
    if ("turnAt" in result) return withDeliveries(draft, [postponed(delivery, result)]);
    const { retryDelaysMs } = draft.generation.policy;
    const after = afterAttempt(delivery, result, { retryDelaysMs, now, random });
    const settled = withDeliveries(draft, [after, ...abandonedBy(after, draft.deliveries)]);
    // A late answer has changed what may have been reported already.
    const isLate = delivery.nextAttemptAt === null && after.state !== delivery.state;
    return isLate ? withGeneration(settled, withReportDue(draft.generation, now)) : settled;
  },
};
