// How long a generation is kept after its end.

import type { Delivery } from "../webhooks/delivery.ts";
import type { Entry, Expiry } from "./action.ts";
import type { Generation } from "./record.ts";

/** When it may be deleted; null while it has not ended, or when it is kept until somebody deletes it. */
export function expiresAt({ state, policy }: Pick<Generation, "state" | "policy">): number | null {
  return "finishedAt" in state && policy.retentionMs !== null ? state.finishedAt + policy.retentionMs : null;
}

/** Not before everybody has been told, or given up. */
export function retentionEntries(generation: Generation, deliveries: readonly Delivery[]): Entry<Expiry>[] {
  const expires = expiresAt(generation);
  const isToldOf =
    generation.unresolved.length === 0 && deliveries.every(({ nextAttemptAt }) => nextAttemptAt === null);
  if (expires === null || generation.deletedAt !== null || !isToldOf) return [];
  return [{ at: expires, action: { kind: "remove" } }];
}
