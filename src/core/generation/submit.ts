// Submits the job to the provider. A blind repeat could be paid twice, so a submission is saved as sent before it
// leaves, and an unknown outcome is looked up in the provider's log (reconcile.ts).

import { priceSoFar } from "../money/usage.ts";
import type { Outcome } from "./action.ts";
import { advanceAtProvider, atProvider } from "./at-provider.ts";
import type { Timing } from "./context.ts";
import { queueTimeoutMs } from "./policy.ts";
import { joined, mustJoin } from "./queue.ts";
import { reconcileLater } from "./reconcile.ts";
import { type Generation, isTerminal } from "./record.ts";
import type { Rule } from "./rule.ts";
import { accepted, failed, inState, resubmitLater } from "./transitions.ts";

export const submit: Rule<"submit"> = {
  leaseMs: 70_000,

  entries({ generation }, runtime) {
    const { state } = generation;
    if (state.phase !== "ready" || mustJoin(state, runtime)) return [];
    return [{ at: state.notBefore, action: { kind: "submit", requestId: requestIdOf(generation, state.tries + 1) } }];
  },

  expiries({ generation: { state, createdAt, policy } }) {
    if (state.phase !== "ready" && state.phase !== "in-line") return [];
    const last = state.refusal === undefined ? "" : ` Last error: ${state.refusal}`;
    const limitMs = queueTimeoutMs(policy);
    const message = `The provider did not accept the job within ${limitMs / 1000} s.${last}`;
    return [{ at: createdAt + limitMs, action: { kind: "fail", failure: { code: "timed_out", message } } }];
  },

  begin(generation, { requestId }, now) {
    const { state } = generation;
    if (state.phase !== "ready") return generation;
    return inState(generation, { phase: "submitting", tries: state.tries + 1, requestId, sentAt: now });
  },

  isWanted: (_, { generation }) => !isTerminal(atProvider(generation)),

  settle: (draft, outcome, context) =>
    advanceAtProvider(draft, (generation) => [afterSubmit(generation, outcome, context)], context),
};

/** Our unique id of one submission try: at most 128 characters of `A-Z a-z 0-9 . _ : -`. */
function requestIdOf({ id, createdAt }: Generation, attempt: number): string {
  return `${id}.${createdAt.toString(36)}.${attempt}`;
}

/** A late answer is still applied, if it belongs to the submission that is being looked up. */
function afterSubmit(generation: Generation, { requestId, result }: Outcome<"submit">, timing: Timing): Generation {
  const { state } = generation;
  if (state.phase !== "submitting" && state.phase !== "reconciling") return generation;
  if (state.requestId !== requestId) return generation;
  const { tries } = state;
  switch (result.kind) {
    case "accepted": {
      const { jobId: id, status } = result;
      const { now } = timing;
      // The alarm is set for the end of the first interval after sending, where the first poll is then due.
      const tookMs = now - state.sentAt;
      const grid = tookMs >= 0 && tookMs < generation.policy.pollIntervalMs ? { polledFrom: state.sentAt } : {};
      return accepted(generation, { id, status, acceptedAt: now, ...grid, ...priceSoFar(result) });
    }
    case "refused":
      return failed(generation, { ...result, isFree: true }, timing.now);
    case "busy": {
      const { retryAfterMs, message } = result;
      return joined(generation, { tries, reason: message, unreported: { retryAfterMs } }, timing.now);
    }
    case "unsent":
      return resubmitLater(
        generation,
        { tries, reason: result.message, hasTurn: generation.line !== undefined },
        timing,
      );
    case "unknown":
      return state.phase === "reconciling" ? generation : reconcileLater(generation, state, timing);
  }
}
