// Copies the finished video into R2. A copy succeeds, is retried, or fails for good. Only a complete copy completes the
// generation.

import { backoff } from "../backoff.ts";
import type { Outcome, StoreResult } from "./action.ts";
import type { Timing } from "./context.ts";
import { advance } from "./draft.ts";
import { type Generation, isTerminal } from "./record.ts";
import type { Rule } from "./rule.ts";
import { completed, failed, inState } from "./transitions.ts";

/** Lifetime of a result URL, and therefore the time limit for storing. */
export const STORING_TIMEOUT_MS = 24 * 60 * 60 * 1000;

const MAX_SOURCE_REFRESHES = 5;
const REFRESH_BACKOFF = { firstMs: 1_000, mostMs: 60_000 };
const STORE_BACKOFF = { firstMs: 2_000, mostMs: 300_000 };

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
    const failure = { code: "storage_failed", message: "The video could not be copied within 24 hours." } as const;
    return [{ at: state.since + STORING_TIMEOUT_MS, action: { kind: "fail", failure } }];
  },

  isWanted: (_, { generation }) => !isTerminal(generation),

  settle(draft, { result }, context) {
    const link = result.kind === "stored" ? result.link : null;
    return advance(draft, [afterCopy(draft.generation, result, context)], context, link);
  },
};

function afterCopy(generation: Generation, result: StoreResult, { now, random }: Timing): Generation {
  const { state } = generation;
  if (state.phase !== "storing") return generation;
  switch (result.kind) {
    case "stored":
      return completed(generation, state, result.video, now);
    case "rejected":
      return failed(generation, { code: "storage_failed", message: result.message }, now);
    case "interrupted": {
      const failures = state.failures + 1;
      const notBefore = now + backoff(STORE_BACKOFF, failures, random);
      return inState(generation, { ...state, failures, notBefore });
    }
    case "gone": {
      const refreshes = state.refreshes + 1;
      if (refreshes > MAX_SOURCE_REFRESHES) {
        return failed(generation, { code: "storage_failed", message: result.message }, now);
      }
      const notBefore = now + backoff(REFRESH_BACKOFF, refreshes, random);
      return inState(generation, { ...state, refreshes, sourceUrl: null, notBefore });
    }
  }
}

/** The R2 key of a video that a stale copy left behind. Null if there is none or the generation still needs it. */
export function orphanedVideo(generation: Generation | null, outcome: Outcome): string | null {
  if (outcome.kind !== "store" || outcome.result.kind !== "stored") return null;
  if (generation === null) return outcome.result.video.key;
  // Another copy, running or completed, uses the same key: the object must stay.
  const isKept = generation.state.phase === "completed" && generation.deletedAt === null;
  return isKept || !isTerminal(generation) ? null : outcome.result.video.key;
}
