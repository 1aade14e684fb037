// Follows the provider's job. A cancel ends the generation, but not the job: the provider cannot stop it, and may bill
// it. A canceled generation therefore keeps the state of its submission or job (`leftover`), and the rules of submit,
// reconcile and poll continue on that state until the job has ended or its deadline has passed. In the generation
// itself, this changes only the price and whether it still holds its place in flight.

import type { Context } from "./context.ts";
import { withCost } from "./cost.ts";
import { advance, type Draft, withGeneration } from "./draft.ts";
import type { AtProvider, Generation, ProviderJob, State, StateOf } from "./record.ts";
import { withReportDue } from "./report.ts";
import { inState, isUnsubmitted, withUnreported } from "./transitions.ts";

/** Shortest interval between polls after a cancel, because nobody waits for the result. */
const LEFTOVER_POLL_MS = 60_000;

/** The generation as the rules of submit, reconcile and poll see it. After a cancel, its state is the leftover. */
export function atProvider(generation: Generation): Generation {
  const { state, policy } = generation;
  if (state.phase !== "canceled" || state.leftover === undefined) return generation;
  const pollIntervalMs = Math.max(policy.pollIntervalMs, LEFTOVER_POLL_MS);
  return { ...generation, policy: { ...policy, pollIntervalMs }, state: state.leftover };
}

/** Whether the submission is still open: the provider has neither accepted nor refused it, and it was not given up. */
export function isUndecided(generation: Generation): boolean {
  const { phase } = atProvider(generation).state;
  return phase === "ready" || phase === "in-line" || phase === "submitting" || phase === "reconciling";
}

/**
 * Applies an answer of the provider, or the deadline of a job. After a cancel, only the leftover, the price and the
 * place in flight change.
 *
 * @param change takes the generation as {@link atProvider} returns it, and returns each new state of it, in order.
 */
export function advanceAtProvider(
  draft: Draft,
  change: (generation: Generation) => readonly Generation[],
  context: Context,
): Draft {
  const { generation } = draft;
  const after = change(atProvider(generation));
  const { state } = generation;
  if (state.phase !== "canceled" || state.leftover === undefined) return advance(draft, after, context);
  const last = after.at(-1);
  if (last === undefined || last.state === state.leftover) return draft;
  return withGeneration(draft, withLeftover(generation, state, last, context.now));
}

function withLeftover(generation: Generation, state: StateOf<"canceled">, last: Generation, now: number): Generation {
  const { leftover: _, ...ended } = state;
  const after = last.state;
  const job = jobAfterCancel(state.job, after);
  if (isAtProvider(after)) return inState(generation, { ...ended, job, leftover: withoutProblem(after) });
  // A submission that was refused for now is not sent again.
  const isFree = isUnsubmitted({ state: after });
  const settled = last.cost === undefined ? withCost(generation, job, isFree) : { ...generation, cost: last.cost };
  // After a deletion, only a job that may still run is kept.
  const kept = generation.deletedAt === null ? job : null;
  return withReportDue(inState(withUnreported(settled, after), { ...ended, job: kept }), now);
}

/** Drops the provider's last message: nobody sees it, and it may repeat the prompt of a deleted generation. */
function withoutProblem(state: AtProvider): AtProvider {
  if (!("polling" in state) || state.polling.problem === undefined) return state;
  const { problem: _, ...polling } = state.polling;
  return { ...state, polling };
}

/**
 * Callers see the job as it was at the cancel, except for its price. A job that was accepted later appears as it is.
 */
function jobAfterCancel(known: ProviderJob | null, after: State): ProviderJob | null {
  const job = "job" in after ? after.job : null;
  if (known === null || job === null) return known ?? job;
  return { ...known, credits: job.credits, usd: job.usd ?? null };
}

function isAtProvider(state: State): state is AtProvider {
  const { phase } = state;
  return phase === "submitting" || phase === "reconciling" || phase === "waiting" || phase === "generating";
}
