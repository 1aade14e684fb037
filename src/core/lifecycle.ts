// What an outcome, a caller or the time changes in a generation's life. When each is due stands in agenda.ts. See
// docs/architecture.md.

import { purgeSettled, reportSettled, unstageSettled } from "./chores.ts";
import type { Failure } from "./errors.ts";
import { type Generation, isTerminal } from "./generation.ts";
import { type Change, steps, unchanged } from "./happenings.ts";
import type { Moment } from "./moment.ts";
import type { Action, Outcome } from "./outcome.ts";
import { pollSettled, refreshSettled } from "./polling.ts";
import { storeSettled } from "./storing.ts";
import { reconcileSettled, submitSettled } from "./submission.ts";
import { canceled, failed, inState } from "./transitions.ts";

/** What must be saved before the action leaves: for a submission, that it has been sent. */
export function begin(generation: Generation, action: Action, now: number): Generation {
  const { state } = generation;
  if (action.kind !== "submit" || state.phase !== "ready") return generation;
  return inState(generation, { phase: "submitting", tries: state.tries + 1, requestId: action.requestId, sentAt: now });
}

/** The generation after an action of its own has ended. Outcomes that no longer fit the state change nothing. */
export function applyOutcome(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" }>,
  moment: Moment,
): Change {
  if (outcome.kind === "report") return reportSettled(generation, outcome, moment);
  const link = outcome.kind === "store" && outcome.result.kind === "stored" ? outcome.result.link : null;
  return steps(generation, nextStates(generation, outcome, moment), moment.now, link);
}

function nextStates(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" | "report" }>,
  moment: Moment,
): readonly Generation[] {
  switch (outcome.kind) {
    case "submit":
      return [submitSettled(generation, outcome, moment)];
    case "reconcile":
      return [reconcileSettled(generation, outcome.result, moment)];
    case "poll":
      return generation.state.phase === "storing"
        ? [refreshSettled(generation, outcome.result, moment)]
        : pollSettled(generation, outcome, moment);
    case "store":
      return [storeSettled(generation, outcome.result, moment)];
    case "unstage":
      return [unstageSettled(generation, outcome.result, moment)];
    case "purge":
      return [purgeSettled(generation, outcome.result, moment)];
  }
}

/** Ends a generation at its caller's wish. What runs for it is dropped; its provider may go on. */
export function cancel(generation: Generation, now: number): Change {
  if (isTerminal(generation)) return unchanged(generation);
  return steps(generation, [canceled(generation, now)], now);
}

/**
 * Ends what has run out of time. A running job is not ended here but by the answer to its last poll, which is due at the
 * deadline: a job that finished in time is never given up unasked.
 */
export function expired(generation: Generation, failure: Failure, now: number): Change {
  return steps(generation, [failed(generation, failure, now)], now);
}
