import type { Generation } from "./record.ts";

/** End of the retention period. Null before the generation ends, and when it is kept until a caller deletes it. */
export function expiresAt({ state, policy }: Pick<Generation, "state" | "policy">): number | null {
  return "finishedAt" in state && policy.retentionMs !== null ? state.finishedAt + policy.retentionMs : null;
}
