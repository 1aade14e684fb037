// Finds out whether a submission of unknown outcome was accepted: looks up our request id in the provider's log, with
// backoff, until a deadline. A crash after sending leads here too.

import { backoff, honoringRetryAfter } from "../backoff.ts";
import type { ReconcileResult } from "./action.ts";
import { advanceAtProvider, atProvider } from "./at-provider.ts";
import type { Timing } from "./context.ts";
import { tryAgain } from "./queue.ts";
import type { Generation, StateOf } from "./record.ts";
import type { Rule } from "./rule.ts";
import { accepted, inState } from "./transitions.ts";

const RECONCILE_BACKOFF = { firstMs: 5_000, mostMs: 60_000 };

/** How long a submission is looked up, unless `timeoutMs` is shorter: entries in the provider's log appear late. */
const LOOKUP_MS = 10 * 60_000;

export const reconcile: Rule<"reconcile"> = {
  leaseMs: 320_000,

  entries({ generation }, { running }, now) {
    const { state } = atProvider(generation);
    if (state.phase !== "submitting" && state.phase !== "reconciling") return [];
    const { requestId, sentAt } = state;
    const action = { kind: "reconcile", requestId, sentAt } as const;
    if (state.phase === "reconciling") return [{ at: state.notBefore, action }];
    // Sent, but no action awaits the answer: the object died in the meantime, or the answer took too long.
    return running.has("submit") ? [] : [{ at: now, action }];
  },

  /** Only after the provider's log has been checked at least once, and never during a check. */
  expiries({ generation }, { running }) {
    const { state, policy } = atProvider(generation);
    if (state.phase !== "reconciling" || state.checks === 0 || running.has("reconcile")) return [];
    const { requestId, sentAt } = state;
    const lookupMs = Math.min(policy.timeoutMs, LOOKUP_MS);
    const message = `Could not determine within ${lookupMs / 1000} s whether the provider accepted the job (request id ${requestId}). It was not sent again, to avoid paying twice.`;
    return [{ at: sentAt + lookupMs, action: { kind: "fail", failure: { code: "submission_unknown", message } } }];
  },

  /** A late answer may decide the submission first. The lookup must then not decide the next try. */
  isWanted({ requestId }, { generation }) {
    const { state } = atProvider(generation);
    return (state.phase === "submitting" || state.phase === "reconciling") && state.requestId === requestId;
  },

  settle: (draft, { result }, context) =>
    advanceAtProvider(draft, (generation) => [afterReconcile(generation, result, context)], context),
};

function afterReconcile(generation: Generation, result: ReconcileResult, { now, random }: Timing): Generation {
  const { state } = generation;
  if (state.phase !== "submitting" && state.phase !== "reconciling") return generation;
  const { tries } = state;
  switch (result.kind) {
    case "found":
      return accepted(generation, { id: result.jobId, status: "queued", acceptedAt: now, credits: null, usd: null });
    case "failed":
      return tryAgain(generation, { tries }, { now, random });
    case "absent":
      return checkAgainLater(generation, state, null, { now, random });
    case "unavailable":
      return checkAgainLater(generation, state, result.retryAfterMs, { now, random });
  }
}

type Unconfirmed = StateOf<"submitting"> | StateOf<"reconciling">;

/** Marks the outcome of a sent submission as unknown, and schedules the first lookup. */
export function reconcileLater(
  generation: Generation,
  { tries, requestId, sentAt }: Unconfirmed,
  timing: Timing,
): Generation {
  const notBefore = timing.now + backoff(RECONCILE_BACKOFF, 1, timing.random);
  return inState(generation, { phase: "reconciling", tries, requestId, sentAt, checks: 0, notBefore });
}

function checkAgainLater(
  generation: Generation,
  state: Unconfirmed,
  retryAfterMs: number | null,
  { now, random }: Timing,
): Generation {
  const { tries, requestId, sentAt } = state;
  const checks = 1 + (state.phase === "reconciling" ? state.checks : 0);
  const notBefore = now + honoringRetryAfter(backoff(RECONCILE_BACKOFF, checks, random), retryAfterMs, random);
  return inState(generation, { phase: "reconciling", tries, requestId, sentAt, checks, notBefore });
}
