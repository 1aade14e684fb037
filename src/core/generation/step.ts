// The single entry point to the rules. Everything that happens to a generation is an input. A step returns what to
// write, which actions to start and abort, and when to wake next. See docs/architecture.md.

import { missedBy, type Recipient, redelivered } from "../webhooks/delivery.ts";
import { type Action, actionKey, type Outcome } from "./action.ts";
import { dueActions, dueExpiry, wakeTime, withDeliveriesUpTo } from "./agenda.ts";
import { advanceAtProvider, atProvider, isUndecided } from "./at-provider.ts";
import { type Changes, changesBetween, NO_CHANGES } from "./changes.ts";
import type { Context, RuntimeState } from "./context.ts";
import { advance, type Draft, draftOf, withDeliveries, withGeneration } from "./draft.ts";
import { slotAt } from "./grid.ts";
import type { Life } from "./life.ts";
import { polledBefore } from "./poll.ts";
import { granted } from "./queue.ts";
import { type Facts, type Generation, isTerminal, newGeneration } from "./record.ts";
import { removed } from "./removal.ts";
import {
  isMereAcknowledgement,
  type KnownVersion,
  mayForgetAcknowledgement,
  withKnownVersion,
  withReportDue,
  withStageReported,
} from "./report.ts";
import { begin, isWanted, leaseEnd, settle } from "./rules.ts";
import { orphanedVideo } from "./store.ts";
import { canceled, failed, gridOf } from "./transitions.ts";

export type Input =
  /** Requested by a caller. The same request may be repeated, with its input staged once more. */
  | { readonly kind: "created"; readonly facts: Facts; readonly stagedKey: string | null }
  | { readonly kind: "canceled" }
  /** Deleted by a caller. `requestId` is the id of that HTTP request. */
  | { readonly kind: "removed"; readonly requestId: string }
  | { readonly kind: "redeliver"; readonly deliveryId: string }
  /** Redelivers everything that this webhook endpoint has missed. */
  | { readonly kind: "endpoint_recovered"; readonly endpoint: Pick<Recipient, "endpointId" | "url"> }
  /** The line grants the generation its turn. */
  | { readonly kind: "turn_granted" }
  /** The running copy has opened a multipart upload and has not sent a part yet. */
  | { readonly kind: "upload_opened"; readonly uploadId: string }
  /** An action has ended. Its outcome is stale if an earlier step had already ended the action. */
  | { readonly kind: "outcome"; readonly outcome: Outcome; readonly isStale: boolean }
  /** The alarm that was set for `scheduledFor`. */
  | { readonly kind: "alarm"; readonly scheduledFor: number }
  /** A check by the watchdog: starts whatever should be running. */
  | { readonly kind: "ensure"; readonly known?: KnownVersion | undefined };

export interface Step {
  /** Null when there is no generation, or it has just been forgotten. */
  readonly life: Life | null;
  readonly changes: Changes;
  /** Actions to start once the changes are durable. */
  readonly actions: readonly Action[];
  /** Keys of running actions to abort. Their outcomes are stale from now on. */
  readonly aborted: readonly string[];
  /** When the object must wake again; null when nothing is left to do. */
  readonly wakeAt: number | null;
  /** The newest slot of the polling grid that was polled or skipped. Passed to the next step. */
  readonly polledSlot: number;
  /** The R2 key of a video that a stale copy left behind and that must be deleted, or null. */
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
  const { now, hasLine } = context;

  // Apply the input.
  const afterInput = life === null ? before : applyInput(before, input, context);
  const polledSlot = polledSlotOf(atProvider(afterInput.generation), input, context);
  const running = new Map(context.running);
  running.delete(actionEndedBy(input, before) ?? "");

  // Apply the expiry that is due. A new generation is exempt: it is submitted even if its deadline has already passed.
  const unexpired = life === null ? afterInput : expire(afterInput, { polledSlot, running, hasLine }, context);
  if (unexpired === null) {
    const changes = { ...NO_CHANGES, deletes: "everything" } as const;
    return { ...NOTHING, changes, aborted: [...context.running.keys()], orphanedVideoKey };
  }
  const present = withStageReported(unexpired, now);

  // Drop actions whose lease has ended or whose outcome is not needed.
  for (const [key, each] of running) {
    if (leaseEnd(each) <= now || !isWanted(each.action, present)) running.delete(key);
  }

  // Begin what is due.
  const due = dueActions(present, { polledSlot, running, hasLine }, now);
  const actions = withDeliveriesUpTo(context.deliveriesLeft, due);
  const after = actions.reduce((draft, action) => withGeneration(draft, begin(draft.generation, action, now)), present);
  for (const action of actions) running.set(actionKey(action), { action, begunAt: now, lastProgressAt: now });

  // While an action runs, another step follows soon: changes that a crash may undo can be written then.
  const mayUndo = after === (mayBeUndone(input, before) ? afterInput : before);
  const delay = running.size > 0 ? "briefly" : mayBeForgotten(input, before) && "forever";
  const poll = actions.find((action) => action.kind === "poll");
  const runtime = { polledSlot: poll?.slot ?? polledSlot, running, hasLine };
  return {
    life: { generation: after.generation, deliveries: after.deliveries },
    changes: changesBetween(life, after, mayUndo && life !== null && delay),
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

/** The draft after the input, before expiries. */
function applyInput(draft: Draft, input: Input, context: Context): Draft {
  const { generation, deliveries } = draft;
  const { now, running } = context;
  switch (input.kind) {
    case "created":
      return withGeneration(draft, deleteRestagedInput(generation, input.stagedKey, now));
    case "canceled":
      return isTerminal(generation) ? draft : advance(draft, [canceled(generation, now)], context);
    case "removed":
      return removed(draft, { now, requestId: input.requestId });
    case "redeliver": {
      const begunAt = running.get(attemptKey(input.deliveryId))?.begunAt;
      const wanted = deliveries.filter(({ id }) => id === input.deliveryId);
      // Somebody waits for this attempt, so it does not join the line of its host. Redeliveries have a limit of their own.
      const anew = wanted.map((delivery) => ({ ...redelivered(delivery, now, begunAt), turnAt: "now" as const }));
      return reportAnew(withDeliveries(draft, anew), draft, now);
    }
    case "endpoint_recovered": {
      const anew = missedBy(input.endpoint, deliveries).map((delivery) => redelivered(delivery, now));
      return reportAnew(withDeliveries(draft, anew), draft, now);
    }
    case "turn_granted":
      return withGeneration(draft, granted(generation, now));
    case "upload_opened":
      return withGeneration(draft, { ...generation, openUpload: input.uploadId });
    case "outcome":
      // A late answer to a submission still counts: its rule checks which submission it belongs to.
      return input.isStale && input.outcome.kind !== "submit" ? draft : settle(draft, input.outcome, context);
    case "ensure":
      return input.known === undefined ? draft : withGeneration(draft, withKnownVersion(generation, input.known));
    case "alarm":
      return draft;
  }
}

/**
 * The key of the running action that the input ends, or null. A redelivery ends the running attempt, which belongs to
 * the old schedule and must not settle the new one. Staging a body again ends its running deletion, which may have
 * run before the new upload.
 */
function actionEndedBy(input: Input, { generation }: Draft): string | null {
  if (input.kind === "redeliver") return attemptKey(input.deliveryId);
  const isRestaged = input.kind === "created" && input.stagedKey !== null && !isUndecided(generation);
  return isRestaged ? actionKey({ kind: "delete-input", key: input.stagedKey } satisfies Action) : null;
}

/** Whether a crash may undo the input's changes. */
function mayBeUndone(input: Input, { generation }: Draft): boolean {
  if (input.kind === "ensure") return true;
  return input.kind === "outcome" && !input.isStale && isMereAcknowledgement(generation, input.outcome);
}

/** Whether the input's changes need not be saved at all. */
function mayBeForgotten(input: Input, { generation }: Draft): boolean {
  const isOfReport = input.kind === "ensure" || (input.kind === "outcome" && input.outcome.kind === "report");
  return isOfReport && mayForgetAcknowledgement(generation);
}

/** Deletes an input that a repeated request staged again after the submission was decided. */
function deleteRestagedInput(generation: Generation, stagedKey: string | null, now: number): Generation {
  if (stagedKey === null || isUndecided(generation)) return generation;
  return { ...withReportDue(generation, now), stagedInput: { key: stagedKey, deleteAt: now } };
}

/** Reports restarted deliveries to the account, so that its watchdog checks the generation again. */
function reportAnew(after: Draft, before: Draft, now: number): Draft {
  return after === before ? before : withGeneration(after, withReportDue(after.generation, now));
}

function attemptKey(deliveryId: string): string {
  return actionKey({ kind: "deliver", deliveryId });
}

/** Applies the expiry that is due, if any. Null when everything must be deleted. */
function expire(draft: Draft, runtime: RuntimeState, context: Context): Draft | null {
  const { now } = context;
  const expiry = dueExpiry(draft, runtime, now);
  switch (expiry?.kind) {
    case undefined:
      return draft;
    case "fail":
      return advanceAtProvider(draft, (generation) => [failed(generation, expiry.failure, now)], context);
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
  // A new object does not know which slots were polled. It derives them from the time of its alarm. Without an alarm,
  // all slots up to now count as polled.
  const known = polledSlot ?? (input.kind === "alarm" ? polledBefore(generation, input.scheduledFor) : current);
  // After the clock was set back, polling must not wait for it to catch up.
  return Math.min(known, current);
}

function orphanedBy(life: Life | null, input: Input): string | null {
  return input.kind === "outcome" && input.isStale ? orphanedVideo(life?.generation ?? null, input.outcome) : null;
}
