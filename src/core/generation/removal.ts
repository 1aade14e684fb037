// Removes a generation when a caller deletes it or its retention ends. A tombstone stays for a day, so that a late
// retry of its creation does not cause a second job. Then everything is deleted.

import { longestScheduleMs } from "../webhooks/delivery.ts";
import type { Entry, Expiry } from "./action.ts";
import type { Draft } from "./draft.ts";
import { generationError } from "./errors.ts";
import type { Life } from "./life.ts";
import { type Generation, isInFlight, isTerminal } from "./record.ts";
import { isUnreported } from "./report.ts";
import { expiresAt } from "./retention.ts";
import { withPurge } from "./transitions.ts";

export const TOMBSTONE_MS = 24 * 60 * 60 * 1000;

export function removalExpiries({ generation, deliveries }: Life): readonly Entry<Expiry>[] {
  const { deletedAt, purgeAt, stagedInput } = generation;
  if (deletedAt === null) {
    const expires = expiresAt(generation);
    if (expires === null) return [];
    // Waits until all events are resolved and all deliveries settled. Each redelivery restarts the schedule, so without
    // a limit callers could keep a generation for as long as they like.
    const areDeliveriesSettled =
      generation.unresolved.length === 0 && deliveries.every((each) => each.nextAttemptAt === null);
    const waitMs = areDeliveriesSettled ? 0 : longestScheduleMs(generation.policy.retryDelaysMs);
    return [{ at: expires + waitMs, action: { kind: "remove" } }];
  }
  // The tombstone stays while the video or input may still be in R2, the account still lists the generation, or its job
  // may still run.
  const isEmptied = purgeAt === null && stagedInput === null && !isUnreported(generation) && !isInFlight(generation);
  return isEmptied ? [{ at: deletedAt + TOMBSTONE_MS, action: { kind: "forget" } }] : [];
}

/**
 * Strips a terminal generation of its input, metadata, webhooks and error message, and schedules a purge of its video.
 * Its id stays taken.
 */
export function removed(draft: Draft, { now, requestId }: { now: number; requestId: string }): Draft {
  const { generation } = draft;
  if (!isTerminal(generation)) return draft;
  const { state, stagedInput } = generation;
  // The provider's message may contain the prompt.
  const silent = "error" in state ? { ...state, error: generationError({ ...state.error, message: "" }) } : state;
  const tombstone: Generation = {
    ...withPurge(generation, now),
    version: generation.version + 1,
    input: {},
    metadata: {},
    webhooks: [],
    unresolved: [],
    stagedInput: stagedInput && { ...stagedInput, deleteAt: now },
    deletedAt: now,
    deletedBy: requestId,
    state: silent,
  };
  return { generation: tombstone, deliveries: [], bodies: new Map() };
}
