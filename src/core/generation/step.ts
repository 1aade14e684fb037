// The one door to the rules. Whatever happens to a generation is an input; a step says what becomes of it: what to write,
// what to start and to end, and when to be awake again. See docs/architecture.md.

import { missedBy, type Recipient, redelivered } from "../webhooks/delivery.ts";
import { type Action, actionKey, type Outcome } from "./action.ts";
import { dueActions, dueExpiry, wakeTime, withDeliveriesUpTo } from "./agenda.ts";
import { type Changes, changesBetween, NO_CHANGES } from "./changes.ts";
import type { Context, RuntimeState } from "./context.ts";
import { advance, type Draft, draftOf, withDeliveries, withGeneration } from "./draft.ts";
import { slotAt } from "./grid.ts";
import type { Life } from "./life.ts";
import { polledBefore } from "./poll.ts";
import { type Facts, type Generation, isTerminal, isUndecided, newGeneration } from "./record.ts";
import { removed } from "./removal.ts";
import { isMereAcknowledgement, withReportDue } from "./report.ts";
import { begin, isWanted, leaseEnd, settle } from "./rules.ts";
import { orphanedVideo } from "./store.ts";
import { canceled, failed, gridOf } from "./transitions.ts";

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

export interface Step {
  /** Null when there is no generation, or none any more. */
  readonly life: Life | null;
  readonly changes: Changes;
  /** To be started once the changes are durable. */
  readonly actions: readonly Action[];
  /** Keys of actions under way that are to be ended. What they come to after that is stale. */
  readonly aborted: readonly string[];
  /** When the object must be awake again; null when nothing is left to do. */
  readonly wakeAt: number | null;
  /** The newest slot of the polling grid that needs no poll: for the context of the next step. */
  readonly polledSlot: number;
  /** The R2 key of a video that a stale copy has left behind and nobody wants. */
  readonly orphanedVideoKey: string | null;
}

const NOTHING: Step = {
  life: null,
  changes: NO_CHANGES,
  actions: [],
  aborted: [],
  wakeAt: null,
  polledSlot: 0,
  orphanedVideoKey: null,
};

export function step(life: Life | null, input: Input, context: Context): Step {
  const orphanedVideoKey = orphanedBy(life, input);
  const before = life === null ? newDraft(input) : draftOf(life);
  if (before === null) return { ...NOTHING, orphanedVideoKey };
  const { now } = context;

  // What the input changes at once.
  const afterInput = life === null ? before : applyInput(before, input, context);
  const polledSlot = polledSlotOf(afterInput.generation, input, context);
  const running = new Map(context.running);
  running.delete(actionEndedBy(input, before) ?? "");

  // What time alone brings about; but a new generation is submitted, however long its request took to come here.
  const present = life === null ? afterInput : expire(afterInput, { polledSlot, running }, context);
  if (present === null) {
    const changes = { ...NO_CHANGES, deletes: "everything" } as const;
    return { ...NOTHING, changes, aborted: [...context.running.keys()], orphanedVideoKey };
  }

  // What has taken too long, or nobody waits for any more.
  for (const [key, each] of running) {
    if (leaseEnd(each) <= now || !isWanted(each.action, present)) running.delete(key);
  }

  // What is due and can begin.
  const due = dueActions(present, { polledSlot, running }, now);
  const actions = withDeliveriesUpTo(context.deliveriesLeft, due);
  const after = actions.reduce((draft, action) => withGeneration(draft, begin(draft.generation, action, now)), present);
  for (const action of actions) running.set(actionKey(action), { action, begunAt: now, lastProgressAt: now });

  // While anything runs, another step follows soon: what a crash may undo can wait for its write.
  const mayWait = running.size > 0 && after === (mayBeUndone(input, before) ? afterInput : before);
  const poll = actions.find((action) => action.kind === "poll");
  const runtime = { polledSlot: poll?.slot ?? polledSlot, running };
  return {
    life: { generation: after.generation, deliveries: after.deliveries },
    changes: changesBetween(life, after, mayWait && life !== null),
    actions,
    aborted: [...context.running.keys()].filter((key) => running.get(key) !== context.running.get(key)),
    wakeAt: wakeTime(after, runtime, { now, alarmAt: context.alarmAt, isMoreDue: actions.length < due.length }),
    polledSlot: runtime.polledSlot,
    orphanedVideoKey,
  };
}

function newDraft(input: Input): Draft | null {
  if (input.kind !== "created") return null;
  return draftOf({ generation: newGeneration(input.facts, input.stagedKey), deliveries: [] });
}

/** The generation after the input, before time has had its say. */
function applyInput(draft: Draft, input: Input, context: Context): Draft {
  const { generation, deliveries } = draft;
  const { now, running } = context;
  switch (input.kind) {
    case "created":
      return withGeneration(draft, restage(generation, input.stagedKey, now));
    case "canceled":
      return isTerminal(generation) ? draft : advance(draft, [canceled(generation, now)], context);
    case "removed":
      return removed(draft, { now, requestId: input.requestId });
    case "redeliver": {
      const begunAt = running.get(attemptKey(input.deliveryId))?.begunAt;
      const wanted = deliveries.filter(({ id }) => id === input.deliveryId);
      const anew = wanted.map((delivery) => redelivered(delivery, now, begunAt));
      return reportAnew(withDeliveries(draft, anew), draft, now);
    }
    case "endpoint_recovered": {
      const anew = missedBy(input.endpoint, deliveries).map((delivery) => redelivered(delivery, now));
      return reportAnew(withDeliveries(draft, anew), draft, now);
    }
    case "upload_opened":
      return withGeneration(draft, { ...generation, openUpload: input.uploadId });
    case "outcome":
      // An answer to a submission counts whenever it comes: its rule knows which submission it is about.
      return input.isStale && input.outcome.kind !== "submit" ? draft : settle(draft, input.outcome, context);
    case "alarm":
    case "ensure":
      return draft;
  }
}

/**
 * The action under way that the input ends, by its key. An attempt belongs to the schedule under which it began, and must
 * not end a new one; a deletion of the input may have come before it was staged again.
 */
function actionEndedBy(input: Input, { generation }: Draft): string | null {
  if (input.kind === "redeliver") return attemptKey(input.deliveryId);
  const isRestaged = input.kind === "created" && input.stagedKey !== null && !isUndecided(generation);
  return isRestaged ? actionKey({ kind: "delete-input", key: input.stagedKey } satisfies Action) : null;
}

/** Whether a crash may undo what the input has changed. */
function mayBeUndone(input: Input, { generation }: Draft): boolean {
  return input.kind === "outcome" && !input.isStale && isMereAcknowledgement(generation, input.outcome);
}

/** A repeated request may have staged its input again after the provider had decided, when nobody needs it any more. */
function restage(generation: Generation, stagedKey: string | null, now: number): Generation {
  if (stagedKey === null || isUndecided(generation)) return generation;
  return { ...withReportDue(generation, now), stagedInput: { key: stagedKey, deleteAt: now } };
}

/** Of deliveries that begin anew the account must hear, so that its watchdog looks again. */
function reportAnew(after: Draft, before: Draft, now: number): Draft {
  return after === before ? before : withGeneration(after, withReportDue(after.generation, now));
}

function attemptKey(deliveryId: string): string {
  return actionKey({ kind: "deliver", deliveryId });
}

/** What time alone makes of it; null when nothing is left. */
function expire(draft: Draft, runtime: RuntimeState, context: Context): Draft | null {
  const { now } = context;
  const expiry = dueExpiry(draft, runtime, now);
  switch (expiry?.kind) {
    case undefined:
      return draft;
    case "fail":
      return advance(draft, [failed(draft.generation, expiry.failure, now)], context);
    case "remove":
      return removed(draft, { now, requestId: "retention" });
    case "forget":
      return null;
  }
}

function polledSlotOf(generation: Generation, input: Input, { polledSlot, now }: Context): number {
  const { state } = generation;
  if (!("job" in state) || state.job === null) return 0;
  const current = slotAt(gridOf(generation, state.job), now);
  // A new object does not know what was polled: woken by its alarm it can tell, otherwise it assumes all slots up to now.
  const known = polledSlot ?? (input.kind === "alarm" ? polledBefore(generation, input.scheduledFor) : current);
  // A clock that was turned back must not hold the polls until it has caught up.
  return Math.min(known, current);
}

function orphanedBy(life: Life | null, input: Input): string | null {
  return input.kind === "outcome" && input.isStale ? orphanedVideo(life?.generation ?? null, input.outcome) : null;
}
