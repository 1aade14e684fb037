// How long a generation is kept after its end.

import type { Delivery } from "./delivery.ts";
import type { Generation } from "./generation.ts";

/** When it may be deleted; null while it has not ended, or when it is kept until somebody deletes it. */
export function expiresAt({ state, policy }: Pick<Generation, "state" | "policy">): number | null {
  return "finishedAt" in state && policy.retentionMs !== null ? state.finishedAt + policy.retentionMs : null;
}

/** Whether it is to be deleted now: not before everybody has been told, or given up. */
export function isExpired(generation: Generation, deliveries: readonly Delivery[], now: number): boolean {
  const expires = expiresAt(generation);
  return (
    expires !== null &&
    generation.deletedAt === null &&
    now >= expires &&
    generation.unresolved.length === 0 &&
    deliveries.every(({ nextAttemptAt }) => nextAttemptAt === null)
  );
}
