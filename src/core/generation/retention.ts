import type { Generation } from "./record.ts";

/** When it may be deleted; null while it has not ended, or when it is kept until somebody deletes it. */
export function expiresAt({ state, policy }: Pick<Generation, "state" | "policy">): number | null {
  return "finishedAt" in state && policy.retentionMs !== null ? state.finishedAt + policy.retentionMs : null;
}
