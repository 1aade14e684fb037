// The one door to the rules. Whatever happens to a generation is an input; a step says what becomes of it: what must be
// written, what is to be started and ended, and when the object must be awake again. See docs/architecture.md.

import { type Delivery, missedBy, type Recipient, redelivered } from "../webhooks/delivery.ts";
import type { EventType } from "../webhooks/events.ts";
import { type Action, actionKey, type Outcome } from "./action.ts";
import { dueActions, dueExpiry, wakeTime } from "./agenda.ts";
import type { Context, Running } from "./context.ts";
import { type Draft, draftOf, through, withDeliveries, withGeneration } from "./draft.ts";
import { slotAt } from "./grid.ts";
import type { Life } from "./life.ts";
import { accept, type Facts, type Generation, isTerminal, isUndecided } from "./record.ts";
import { removed } from "./removal.ts";
import { isMereAcknowledgement, unreported } from "./report.ts";
import { begun, isWanted, leaseEnd, settled } from "./rules.ts";
import { leftBehind } from "./store.ts";
import { canceled, failed, gridOf } from "./transitions.ts";

export type Input =
  /** A caller's request; the same one may come again. */
  | { readonly kind: "created"; readonly facts: Facts; readonly stagedKey: string | null }
  | { readonly kind: "canceled" }
  /** Deleted by its caller. */
  | { readonly kind: "removed"; readonly requestId: string }
  | { readonly kind: "redeliver"; readonly deliveryId: string }
  /** A standing endpoint is back, and wants what it has missed. */
  | { readonly kind: "endpoint_recovered"; readonly endpoint: Pick<Recipient, "endpointId" | "url"> }
  /** The copy under way has opened a multipart upload, of which no part has left yet. */
  | { readonly kind: "upload_opened"; readonly uploadId: string }
  /** An action has ended; stale when it had been ended before, or had taken too long. */
  | { readonly kind: "outcome"; readonly outcome: Outcome; readonly isStale: boolean }
  /** @param scheduledFor the time for which the alarm was set. */
  | { readonly kind: "alarm"; readonly scheduledFor: number }
  /** The watchdog, or a repeated request: is everything under way that should be? */
  | { readonly kind: "ensure" };

/** What a step writes, all or nothing. */
export interface Changes {
  /** Null when it is as it was. */
  readonly generation: Generation | null;
  /** New ones, and those that have changed. */
  readonly deliveries: readonly Delivery[];
  /** Of events that have just happened. */
  readonly bodies: ReadonlyMap<EventType, string>;
  /** What is deleted before that. */
  readonly deletes: "nothing" | "deliveries" | "everything";
  /** Whether all this may wait for the next write: a crash may undo it, and what runs has more to write soon. */
  readonly mayWait: boolean;
}

export interface Step {
  /** Null when there is nothing, or nothing any more. */
  readonly life: Life | null;
  readonly changes: Changes;
  /** To be started once the changes are durable. */
  readonly actions: readonly Action[];
  /** Keys of actions under way that are to be ended, and whose outcomes are stale. */
  readonly ended: readonly string[];
  /** When the object must be awake again; null when nothing is left to do. */
  readonly wakeAt: number | null;
  /** To be remembered for the next step. */
  readonly polledSlot: number;
  /** The key in R2 of a video that a stale copy has left behind, and nobody wants. */
  readonly discard: string | null;
}

const NO_CHANGES: Changes = { generation: null, deliveries: [], bodies: new Map(), deletes: "nothing", mayWait: false };

const NOTHING: Step = {
  life: null,
  changes: NO_CHANGES,
  actions: [],
  ended: [],
  wakeAt: null,
  polledSlot: 0,
  discard: null,
};

export function step(life: Life | null, input: Input, context: Context): Step {
  const discard =
    input.kind === "outcome" && input.isStale ? leftBehind(life?.generation ?? null, input.outcome) : null;
  const before = life === null ? newDraft(input) : draftOf(life);
  if (before === null) return { ...NOTHING, discard };
  const { now } = context;
  const answered = life === null ? before : taken(before, input, context);

  const polledSlot = polledSlotOf(answered.generation, input, context);
  const abandoned = abandonedBy(input, before);
  const running = new Map([...context.running].filter(([key]) => key !== abandoned));
  const expiry = dueExpiry(answered, { polledSlot, running }, now);
  if (expiry?.kind === "forget") {
    return {
      ...NOTHING,
      changes: { ...NO_CHANGES, deletes: "everything" },
      ended: [...context.running.keys()],
      discard,
    };
  }
  const present =
    expiry === null
      ? answered
      : expiry.kind === "remove"
        ? removed(answered, { now, requestId: "retention" })
        : through(answered, [failed(answered.generation, expiry.failure, now)], context);

  for (const [key, each] of running) {
    if (leaseEnd(each) <= now || !isWanted(each.action, present)) running.delete(key);
  }
  const due = dueActions(present, { polledSlot, running }, now);
  let deliveries = 0;
  const actions = due.filter(({ kind }) => kind !== "deliver" || deliveries++ < context.deliveriesLeft);
  const generation = actions.reduce((latest, action) => begun(latest, action, now), present.generation);
  const after = withGeneration(present, generation);
  for (const action of actions) running.set(actionKey(action), { action, begunAt: now, movedAt: now });

  const poll = actions.find((action) => action.kind === "poll");
  const memory = { polledSlot: poll?.slot ?? polledSlot, running };
  const isForgettable =
    input.kind === "outcome" && !input.isStale && isMereAcknowledgement(before.generation, input.outcome);
  return {
    life: { generation: after.generation, deliveries: after.deliveries },
    changes: changesBetween(life, after, { isNews: !isSame(after, isForgettable ? answered : before), running }),
    actions,
    ended: [...context.running.keys()].filter((key) => running.get(key) !== context.running.get(key)),
    wakeAt: wakeTime(after, memory, { now, alarmAt: context.alarmAt, isMoreDue: actions.length < due.length }),
    polledSlot: memory.polledSlot,
    discard,
  };
}

function newDraft(input: Input): Draft | null {
  if (input.kind !== "created") return null;
  return draftOf({ generation: accept(input.facts, input.stagedKey), deliveries: [] });
}

/** The life after the input, before the time has had its say. */
function taken(draft: Draft, input: Input, context: Context): Draft {
  const { generation } = draft;
  const { now } = context;
  switch (input.kind) {
    case "created":
      return withGeneration(draft, repeated(generation, input.stagedKey, now));
    case "canceled":
      return isTerminal(generation) ? draft : through(draft, [canceled(generation, now)], context);
    case "removed":
      return removed(draft, { now, requestId: input.requestId });
    case "redeliver": {
      const begunAt = context.running.get(actionKey({ kind: "deliver", deliveryId: input.deliveryId }))?.begunAt;
      const wanted = draft.deliveries.filter(({ id }) => id === input.deliveryId);
      return again(
        draft,
        wanted.map((delivery) => redelivered(delivery, now, begunAt)),
        now,
      );
    }
    case "endpoint_recovered": {
      const missed = missedBy(input.endpoint, draft.deliveries);
      return again(
        draft,
        missed.map((delivery) => redelivered(delivery, now)),
        now,
      );
    }
    case "upload_opened":
      return withGeneration(draft, { ...generation, openUpload: input.uploadId });
    case "outcome":
      // An answer to a submission is news whenever it comes; the rules know which submission it is about.
      return input.isStale && input.outcome.kind !== "submit" ? draft : settled(draft, input.outcome, context);
    default:
      return draft;
  }
}

/**
 * The request that made it has come again. It has put its input aside once more, perhaps after the first was sent; a
 * deletion that is under way may have been before that, and says nothing any more.
 */
function repeated(generation: Generation, stagedKey: string | null, now: number): Generation {
  if (stagedKey === null || isUndecided(generation)) return generation;
  return { ...unreported(generation, now), stagedInput: { key: stagedKey, deleteAt: now } };
}

/** Deliveries that begin anew, of which the account must hear. */
function again(draft: Draft, deliveries: readonly Delivery[], now: number): Draft {
  if (deliveries.length === 0) return draft;
  return withGeneration(withDeliveries(draft, deliveries), unreported(draft.generation, now));
}

/** An attempt belongs to the schedule under which it began: what it comes to must not end a new one. */
function abandonedBy(input: Input, { generation }: Draft): string | null {
  if (input.kind === "redeliver") return actionKey({ kind: "deliver", deliveryId: input.deliveryId });
  const isRepeated = input.kind === "created" && input.stagedKey !== null && !isUndecided(generation);
  return isRepeated ? actionKey({ kind: "delete-input", key: input.stagedKey }) : null;
}

/** What an object that has just come to life may take as polled: all before the time for which its alarm was set. */
function polledSlotOf(generation: Generation, input: Input, { polledSlot, now }: Context): number {
  const { state } = generation;
  if (!("job" in state) || state.job === null) return 0;
  const grid = gridOf(generation, state.job);
  const current = slotAt(grid, now);
  const known = polledSlot ?? (input.kind === "alarm" ? slotAt(grid, input.scheduledFor - 1) : current);
  // A clock that was turned back must not hold the polls until it has caught up.
  return Math.min(known, current);
}

function isSame(a: Draft, b: Draft): boolean {
  return a.generation === b.generation && a.deliveries === b.deliveries && a.bodies === b.bodies;
}

function changesBetween(
  life: Life | null,
  after: Draft,
  { isNews, running }: { isNews: boolean; running: ReadonlyMap<string, Running> },
): Changes {
  const known = new Set(life?.deliveries);
  const areDeleted = known.size > 0 && after.deliveries.length === 0;
  return {
    generation: after.generation === life?.generation ? null : after.generation,
    deliveries: after.deliveries.filter((delivery) => !known.has(delivery)),
    bodies: after.bodies,
    deletes: areDeleted ? "deliveries" : "nothing",
    mayWait: life !== null && !isNews && running.size > 0,
  };
}

/** Whether nothing is different from before. */
export function isUnchanged({ generation, deliveries, bodies, deletes }: Changes): boolean {
  return generation === null && deliveries.length === 0 && bodies.size === 0 && deletes === "nothing";
}
