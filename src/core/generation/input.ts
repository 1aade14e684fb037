// What can happen to a generation, and what becomes of it at once.

import { missedBy, type Recipient, redelivered } from "../webhooks/delivery.ts";
import { type Action, actionKey, type Outcome } from "./action.ts";
import type { Context } from "./context.ts";
import { type Draft, through, withDeliveries, withGeneration } from "./draft.ts";
import { type Facts, type Generation, isTerminal, isUndecided } from "./record.ts";
import { removed } from "./removal.ts";
import { isMereAcknowledgement, unreported } from "./report.ts";
import { settled } from "./rules.ts";
import { canceled } from "./transitions.ts";

export type Input =
  /** Requested by a caller. The same request may come again, its input staged once more. */
  | { readonly kind: "created"; readonly facts: Facts; readonly stagedKey: string | null }
  | { readonly kind: "canceled" }
  /** Deleted by its caller, in that HTTP request. */
  | { readonly kind: "removed"; readonly requestId: string }
  | { readonly kind: "redeliver"; readonly deliveryId: string }
  /** A standing endpoint is to be sent what it has missed. */
  | { readonly kind: "endpoint_recovered"; readonly endpoint: Pick<Recipient, "endpointId" | "url"> }
  /** The copy under way has opened a multipart upload, of which no part has left yet. */
  | { readonly kind: "upload_opened"; readonly uploadId: string }
  /** An action has ended. Its outcome is stale if a step had ended it before. */
  | { readonly kind: "outcome"; readonly outcome: Outcome; readonly isStale: boolean }
  /** The alarm that was set for that time. */
  | { readonly kind: "alarm"; readonly scheduledFor: number }
  /** The watchdog: whatever should be under way is to be. */
  | { readonly kind: "ensure" };

/** The generation after the input, before time has had its say. */
export function taken(draft: Draft, input: Input, context: Context): Draft {
  const { generation, deliveries } = draft;
  const { now, running } = context;
  switch (input.kind) {
    case "created":
      return withGeneration(draft, restaged(generation, input.stagedKey, now));
    case "canceled":
      return isTerminal(generation) ? draft : through(draft, [canceled(generation, now)], context);
    case "removed":
      return removed(draft, { now, requestId: input.requestId });
    case "redeliver": {
      const begunAt = running.get(attemptKey(input.deliveryId))?.begunAt;
      const wanted = deliveries.filter(({ id }) => id === input.deliveryId);
      const anew = wanted.map((delivery) => redelivered(delivery, now, begunAt));
      return reported(withDeliveries(draft, anew), draft, now);
    }
    case "endpoint_recovered": {
      const anew = missedBy(input.endpoint, deliveries).map((delivery) => redelivered(delivery, now));
      return reported(withDeliveries(draft, anew), draft, now);
    }
    case "upload_opened":
      return withGeneration(draft, { ...generation, openUpload: input.uploadId });
    case "outcome":
      // An answer to a submission counts whenever it comes: its rule knows which submission it is about.
      return input.isStale && input.outcome.kind !== "submit" ? draft : settled(draft, input.outcome, context);
    case "alarm":
    case "ensure":
      return draft;
  }
}

/**
 * The action under way that the input ends, by its key. An attempt belongs to the schedule under which it began, and must
 * not end a new one; a deletion of the input may have come before it was staged again.
 */
export function endedBy(input: Input, { generation }: Draft): string | null {
  if (input.kind === "redeliver") return attemptKey(input.deliveryId);
  const isRestaged = input.kind === "created" && input.stagedKey !== null && !isUndecided(generation);
  return isRestaged ? actionKey({ kind: "delete-input", key: input.stagedKey } satisfies Action) : null;
}

/** Whether a crash may undo what the input has changed. */
export function mayBeUndone(input: Input, { generation }: Draft): boolean {
  return input.kind === "outcome" && !input.isStale && isMereAcknowledgement(generation, input.outcome);
}

/** A repeated request may have staged its input again after the provider had decided, when nobody needs it any more. */
function restaged(generation: Generation, stagedKey: string | null, now: number): Generation {
  if (stagedKey === null || isUndecided(generation)) return generation;
  return { ...unreported(generation, now), stagedInput: { key: stagedKey, deleteAt: now } };
}

/** Of deliveries that begin anew the account must hear, so that its watchdog looks again. */
function reported(after: Draft, before: Draft, now: number): Draft {
  return after === before ? before : withGeneration(after, unreported(after.generation, now));
}

function attemptKey(deliveryId: string): string {
  return actionKey({ kind: "deliver", deliveryId });
}
