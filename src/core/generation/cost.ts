// The cost of a generation. It is settled when nothing more can be charged: at the generation's end, or, after a
// cancel, at the end of its provider job.

import type { TerminalStatus } from "../../contract/words.ts";
import type { Usage } from "../money/usage.ts";
import type { Settlement } from "./action.ts";
import type { Generation, ProviderJob, State } from "./record.ts";

/** What the provider has stated so far; null if it has stated nothing. */
export function usageOf({ state, cost }: Generation): Usage | null {
  // A deleted generation may have no job in its record any more, but it keeps its cost.
  const { credits, usd = null } = cost ?? ("job" in state ? state.job : null) ?? { credits: null };
  return credits === null && usd === null ? null : { credits, usd };
}

/**
 * Settles the cost. The price that the provider has stated counts. Without one, the estimate counts, unless `isFree`.
 *
 * @param isFree whether a job without a stated price is certainly not charged, because the provider has refused it, has
 * failed it, or never received it.
 */
export function withCost(generation: Generation, job: ProviderJob | null, isFree: boolean): Generation {
  const { credits = null, usd = null } = job ?? {};
  // Zero dollars with credits is not a price: the provider has charged, but has not stated how many dollars.
  const isStated = usd !== null && (usd > 0 || (credits ?? 0) === 0);
  const unstated = isFree ? 0 : (generation.estimate ?? 0);
  return { ...generation, cost: { credits, usd, spent: isStated ? usd : unstated } };
}

/** What the account adds to its usage; null if there is nothing to add yet, or nothing at all. */
export function settlementOf({ scope, state, cost }: Generation): Settlement | null {
  if (scope.mode === "test" || cost === undefined) return null;
  const outcome = outcomeOf(state);
  const { credits, spent } = cost;
  const isForNothing = outcome !== "completed" && spent === 0 && (credits ?? 0) === 0;
  if (outcome === null || isForNothing) return null;
  return { outcome, spent, bytes: state.phase === "completed" ? state.video.bytes : 0 };
}

function outcomeOf({ phase }: State): TerminalStatus | null {
  return phase === "completed" || phase === "failed" || phase === "canceled" ? phase : null;
}
