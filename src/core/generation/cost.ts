// What a generation costs. It is settled once nothing more can be charged: at its end, or after a cancel at the end of its
// provider job.

import type { TerminalStatus } from "../../contract/words.ts";
import type { Usage } from "../money/usage.ts";
import type { Settlement } from "./action.ts";
import type { Generation, ProviderJob, State } from "./record.ts";

/** What the provider has stated so far; null if nothing. */
export function usageOf({ state, cost }: Generation): Usage | null {
  // A deleted generation may have lost its job, but not its cost.
  const { credits, usd = null } = cost ?? ("job" in state ? state.job : null) ?? { credits: null };
  return credits === null && usd === null ? null : { credits, usd };
}

/**
 * Settles the cost. What the provider has stated counts. Otherwise the estimate does, because the job may be charged.
 *
 * @param isFree whether the provider has certainly charged nothing that it has not stated: it has refused or failed the job,
 * or was never asked.
 */
export function withCost(generation: Generation, job: ProviderJob | null, isFree: boolean): Generation {
  const { credits = null, usd = null } = job ?? {};
  // No dollars beside credits: the provider has charged, and has not stated how much.
  const isStated = usd !== null && (usd > 0 || (credits ?? 0) === 0);
  const spent = isStated ? usd : isFree ? 0 : (generation.estimate ?? 0);
  return { ...generation, cost: { credits, usd, spent } };
}

/** What the account counts. See {@link Settlement}. */
export function settlementOf({ scope, state, cost }: Generation): Settlement | null {
  if (scope.mode === "test" || cost === undefined) return null;
  const outcome = outcomeOf(state);
  const { credits, usd, spent } = cost;
  const isForNothing = outcome !== "completed" && spent === 0 && (usd ?? 0) === 0 && (credits ?? 0) === 0;
  if (outcome === null || isForNothing) return null;
  return { outcome, spent, bytes: state.phase === "completed" ? state.video.bytes : 0 };
}

function outcomeOf({ phase }: State): TerminalStatus | null {
  return phase === "completed" || phase === "failed" || phase === "canceled" ? phase : null;
}
