// How a submission ends: accepted, definitely refused, or unknown, and then looked for and never sent again blindly.

import { backoff, respectful } from "../backoff.ts";
import type { Moment } from "../moment.ts";
import type { Action, Entry, Expiry, ReconcileResult, SubmitResult } from "./action.ts";
import type { Generation } from "./record.ts";
import { accepted, failed, inState } from "./transitions.ts";

export const RESUBMIT_BACKOFF = { firstMs: 2_000, mostMs: 60_000 };
const RECONCILE_BACKOFF = { firstMs: 5_000, mostMs: 60_000 };

/** Our id of one try of a submission: at most 128 characters of `A-Z a-z 0-9 . _ : -`, never the same twice. */
export function requestId(generation: Generation, attempt: number): string {
  return `${generation.id}.${generation.createdAt.toString(36)}.${attempt}`;
}

/** The provider's rows appear late: a submission is looked for at least so long, however near the deadline it was sent. */
const MIN_LOOKUP_MS = 10 * 60_000;

export function submitEntries(generation: Generation): Entry<Action>[] {
  const { state } = generation;
  if (state.phase !== "ready") return [];
  return [{ at: state.notBefore, action: { kind: "submit", requestId: requestId(generation, state.tries + 1) } }];
}

export function submitDeadlineEntries({ state, createdAt, policy }: Generation): Entry<Expiry>[] {
  if (state.phase !== "ready") return [];
  const message = `The provider did not accept the job within ${policy.timeoutMs / 1000} s.`;
  const failure = { code: "timed_out", message } as const;
  return [{ at: createdAt + policy.timeoutMs, action: { kind: "fail", failure } }];
}

export function reconcileEntries(
  { state }: Generation,
  running: ReadonlyMap<string, unknown>,
  now: number,
): Entry<Action>[] {
  if (state.phase !== "submitting" && state.phase !== "reconciling") return [];
  const { requestId, sentAt } = state;
  const action = { kind: "reconcile", requestId, sentAt } as const;
  if (state.phase === "reconciling") return [{ at: state.notBefore, action }];
  // Sent, and whoever waited for the answer is gone: never again blindly.
  return running.has("submit") ? [] : [{ at: now, action }];
}

/** When a submission whose outcome is unknown is given up; not before it has been looked for, nor in the middle of that. */
export function reconcileDeadlineEntries(
  { state, createdAt, policy }: Generation,
  running: ReadonlyMap<string, unknown>,
): Entry<Expiry>[] {
  if (state.phase !== "reconciling" || state.checks === 0 || running.has("reconcile")) return [];
  const { requestId, sentAt } = state;
  const message = `Whether the provider accepted the job (request id ${requestId}) could not be found out within ${policy.timeoutMs / 1000} s. It was not sent again, so that it is not paid twice.`;
  const at = Math.max(createdAt + policy.timeoutMs, sentAt + Math.min(policy.timeoutMs, MIN_LOOKUP_MS));
  return [{ at, action: { kind: "fail", failure: { code: "submission_unknown", message } } }];
}

/** What must be saved before the action leaves: that it has been sent. */
export function submitBegun(generation: Generation, action: Action, now: number): Generation {
  const { state } = generation;
  if (action.kind !== "submit" || state.phase !== "ready") return generation;
  return inState(generation, { phase: "submitting", tries: state.tries + 1, requestId: action.requestId, sentAt: now });
}

/** An answer that comes after all, to the try that is being looked for, still decides. */
export function submitSettled(
  generation: Generation,
  { requestId, result }: { requestId: string; result: SubmitResult },
  { now, random }: Moment,
): Generation {
  const { state } = generation;
  if ((state.phase !== "submitting" && state.phase !== "reconciling") || state.requestId !== requestId)
    return generation;
  const { tries, sentAt } = state;
  switch (result.kind) {
    case "accepted":
      return accepted(generation, {
        id: result.jobId,
        status: result.status,
        acceptedAt: now,
        credits: result.credits,
      });
    case "refused":
      return failed(generation, result, now);
    case "busy": {
      const wait = respectful(backoff(RESUBMIT_BACKOFF, tries, random), result.retryAfterMs, random);
      return inState(generation, { phase: "ready", tries, notBefore: now + wait });
    }
    case "unknown": {
      if (state.phase === "reconciling") return generation;
      const notBefore = now + backoff(RECONCILE_BACKOFF, 1, random);
      return inState(generation, { phase: "reconciling", tries, requestId, sentAt, checks: 0, notBefore });
    }
  }
}

export function reconcileSettled(generation: Generation, result: ReconcileResult, { now, random }: Moment): Generation {
  const { state } = generation;
  if (state.phase !== "submitting" && state.phase !== "reconciling") return generation;
  const { tries, requestId, sentAt } = state;
  switch (result.kind) {
    case "found":
      return accepted(generation, { id: result.jobId, status: "queued", acceptedAt: now, credits: null });
    case "failed":
      return inState(generation, { phase: "ready", tries, notBefore: now + backoff(RESUBMIT_BACKOFF, tries, random) });
    default: {
      const checks = 1 + (state.phase === "reconciling" ? state.checks : 0);
      const retryAfterMs = result.kind === "unavailable" ? result.retryAfterMs : null;
      const notBefore = now + respectful(backoff(RECONCILE_BACKOFF, checks, random), retryAfterMs, random);
      return inState(generation, { phase: "reconciling", tries, requestId, sentAt, checks, notBefore });
    }
  }
}
