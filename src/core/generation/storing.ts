// How a copy ends: whole, to be tried again, or never to be had.

import { backoff } from "../backoff.ts";
import type { Moment } from "../moment.ts";
import type { Action, Entry, Expiry, Outcome, StoreResult } from "./action.ts";
import { type Generation, isTerminal } from "./record.ts";
import { completed, failed, inState } from "./transitions.ts";

/** The life of a result URL, and so the bound of storing. */
export const STORING_TIMEOUT_MS = 24 * 60 * 60 * 1000;

const MAX_SOURCE_REFRESHES = 5;
const REFRESH_BACKOFF = { firstMs: 1_000, mostMs: 60_000 };
const STORE_BACKOFF = { firstMs: 2_000, mostMs: 300_000 };

export function storeEntries({ state }: Generation): Entry<Action>[] {
  if (state.phase !== "storing" || state.sourceUrl === null) return [];
  return [{ at: state.notBefore, action: { kind: "store", sourceUrl: state.sourceUrl } }];
}

export function storeDeadlineEntries({ state }: Generation): Entry<Expiry>[] {
  if (state.phase !== "storing") return [];
  const failure = { code: "storage_failed", message: "The video could not be copied within 24 hours." } as const;
  return [{ at: state.since + STORING_TIMEOUT_MS, action: { kind: "fail", failure } }];
}

export function storeSettled(generation: Generation, result: StoreResult, { now, random }: Moment): Generation {
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

/** The key in R2 of a video that a copy has left behind whose outcome is stale; null where the video is wanted, or none is there. */
export function leftBehind(generation: Generation | null, outcome: Outcome): string | null {
  if (outcome.kind !== "store" || outcome.result.kind !== "stored") return null;
  // A second copy that is still wanted, or was, wrote to the same key.
  const isWanted =
    generation !== null &&
    (!isTerminal(generation) || (generation.state.phase === "completed" && generation.deletedAt === null));
  return isWanted ? null : outcome.result.video.key;
}
