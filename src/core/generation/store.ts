// Copies the finished video into R2. A copy succeeds, is retried, or fails for good. Only a complete copy completes the
// generation.

import { backoff, honoringRetryAfter } from "../backoff.ts";
import { cutText } from "../text.ts";
import type { Interrupted, Outcome, StoreResult } from "./action.ts";
import type { Timing } from "./context.ts";
import { advance } from "./draft.ts";
import { type Generation, isTerminal, type StateOf } from "./record.ts";
import type { Rule } from "./rule.ts";
import { completed, failed, inState, MAX_REASON_LENGTH } from "./transitions.ts";

/** Lifetime of a result URL, and therefore the time limit for storing. */
export const STORING_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/**
 * Before a host has a video, it may answer with 404, an HTML page or an empty file for a while. So dead links fail the
 * generation only after both two minutes and six polls for a fresh link that the provider answered.
 */
const DEAD_LINK_PATIENCE_MS = 2 * 60_000;
const LEAST_FRESH_LINKS = 6;
const REFRESH_BACKOFF = { firstMs: 1_000, mostMs: 30_000 };

/**
 * The longest wait between two tries in this phase, before jitter. Longer `Retry-After` values are capped at it. Waits
 * double up to it, so a copy that is always interrupted begins at most 40 times within {@link STORING_TIMEOUT_MS}.
 */
export const MAX_STORING_WAIT_MS = 60 * 60_000;
const STORE_BACKOFF = { firstMs: 2_000, mostMs: MAX_STORING_WAIT_MS };

export const store: Rule<"store"> = {
  /** Between two signs of progress. */
  leaseMs: 15 * 60_000,

  /** Without a source URL, a fresh one is polled for first (poll.ts). */
  entries({ generation: { state } }) {
    if (state.phase !== "storing" || state.sourceUrl === null) return [];
    return [{ at: state.notBefore, action: { kind: "store", sourceUrl: state.sourceUrl } }];
  },

  expiries({ generation: { state } }) {
    if (state.phase !== "storing") return [];
    const last = state.problem === undefined ? "" : ` Last error: ${state.problem}`;
    const message = `The video could not be copied within 24 hours.${last}`;
    const failure = { code: "storage_failed", message } as const;
    return [{ at: state.since + STORING_TIMEOUT_MS, action: { kind: "fail", failure } }];
  },

  isWanted: (_, { generation }) => !isTerminal(generation),

  settle(draft, { result }, context) {
    const link = result.kind === "stored" ? result.link : null;
    return advance(draft, [afterCopy(draft.generation, result, context)], context, link);
  },
};

function afterCopy(generation: Generation, result: StoreResult, timing: Timing): Generation {
  const { state } = generation;
  if (state.phase !== "storing") return generation;
  switch (result.kind) {
    case "stored":
      return completed(generation, state, result.video, timing.now);
    case "rejected":
      return failed(generation, { code: "storage_failed", message: result.message }, timing.now);
    case "interrupted":
      return inState(generation, afterInterruption(state, result, timing));
    case "gone": {
      const { now, random } = timing;
      const { deadSince = now, unansweredPolls = 0 } = state;
      // While the provider does not answer, the same link is tried again. These tries do not count.
      const refreshes = state.refreshes + (unansweredPolls === 0 ? 1 : 0);
      if (refreshes > LEAST_FRESH_LINKS && now - deadSince >= DEAD_LINK_PATIENCE_MS) {
        return failed(generation, { code: "storage_failed", message: result.message }, now);
      }
      const notBefore = now + backoff(REFRESH_BACKOFF, Math.max(1, refreshes), random);
      const problem = problemOf(result);
      return inState(generation, { ...state, refreshes, deadSince, problem, sourceUrl: null, notBefore });
    }
  }
}

/** An interrupted copy shows that the link is not dead, so the count of dead links starts over. */
function afterInterruption(state: StateOf<"storing">, result: Interrupted, { now, random }: Timing) {
  const { deadSince: _, ...rest } = state;
  const failures = state.failures + 1;
  const retryAfterMs = Math.min(result.retryAfterMs ?? 0, MAX_STORING_WAIT_MS);
  const notBefore = now + honoringRetryAfter(backoff(STORE_BACKOFF, failures, random), retryAfterMs, random);
  return { ...rest, refreshes: 0, failures, problem: problemOf(result), notBefore };
}

/** The reason why a try failed, cut for the message of the time limit. */
export function problemOf({ message }: { readonly message: string }): string {
  return cutText(message, MAX_REASON_LENGTH);
}

/** The R2 key of a video that a stale copy left behind. Null if there is none or the generation still needs it. */
export function orphanedVideo(generation: Generation | null, outcome: Outcome): string | null {
  if (outcome.kind !== "store" || outcome.result.kind !== "stored") return null;
  if (generation === null) return outcome.result.video.key;
  // Another copy, running or completed, uses the same key: the object must stay.
  const isKept = generation.state.phase === "completed" && generation.deletedAt === null;
  return isKept || !isTerminal(generation) ? null : outcome.result.video.key;
}
