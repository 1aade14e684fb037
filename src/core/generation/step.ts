// The one door to the rules. Whatever happens to a generation is an input; a step says what becomes of it: what to write,
// what to start and to end, and when to be awake again. See docs/architecture.md.

import { type Action, actionKey } from "./action.ts";
import { dueActions, dueExpiry, wakeTime } from "./agenda.ts";
import { type Changes, changesBetween, NO_CHANGES } from "./changes.ts";
import type { Context, Running } from "./context.ts";
import { type Draft, draftOf, through, withGeneration } from "./draft.ts";
import { slotAt } from "./grid.ts";
import { endedBy, type Input, mayBeUndone, taken } from "./input.ts";
import type { Life } from "./life.ts";
import { accept, type Generation } from "./record.ts";
import { removed } from "./removal.ts";
import { begun, isWanted, leaseEnd } from "./rules.ts";
import { leftBehind } from "./store.ts";
import { failed, gridOf } from "./transitions.ts";

export interface Step {
  /** Null when there is no generation, or none any more. */
  readonly life: Life | null;
  readonly changes: Changes;
  /** To be started once the changes are durable. */
  readonly actions: readonly Action[];
  /** Keys of actions under way that are to be ended. What they come to after that is stale. */
  readonly ended: readonly string[];
  /** When the object must be awake again; null when nothing is left to do. */
  readonly wakeAt: number | null;
  /** The newest slot of the polling grid that needs no poll: for the context of the next step. */
  readonly polledSlot: number;
  /** The R2 key of a video that a stale copy has left behind and nobody wants. */
  readonly discard: string | null;
}

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
  const discard = discarded(life, input);
  const before = life === null ? created(input) : draftOf(life);
  if (before === null) return { ...NOTHING, discard };
  const { now } = context;

  const answered = life === null ? before : taken(before, input, context);
  const polledSlot = polledSlotOf(answered.generation, input, context);
  const running = new Map(context.running);
  running.delete(endedBy(input, before) ?? "");

  const timely = expired(answered, { polledSlot, running }, context);
  if (timely === null) {
    const changes = { ...NO_CHANGES, deletes: "everything" } as const;
    return { ...NOTHING, changes, ended: [...context.running.keys()], discard };
  }

  for (const [key, each] of running) {
    if (leaseEnd(each) <= now || !isWanted(each.action, timely)) running.delete(key);
  }
  const due = dueActions(timely, { polledSlot, running }, now);
  const actions = startable(due, context.deliveriesLeft);
  const after = actions.reduce((draft, action) => withGeneration(draft, begun(draft.generation, action, now)), timely);
  for (const action of actions) running.set(actionKey(action), { action, begunAt: now, movedAt: now });

  // While anything runs there will be more to write soon.
  const mayWait = running.size > 0 && after === (mayBeUndone(input, before) ? answered : before);
  const poll = actions.find((action) => action.kind === "poll");
  const memory = { polledSlot: poll?.slot ?? polledSlot, running };
  return {
    life: { generation: after.generation, deliveries: after.deliveries },
    changes: changesBetween(life, after, mayWait && life !== null),
    actions,
    ended: [...context.running.keys()].filter((key) => running.get(key) !== context.running.get(key)),
    wakeAt: wakeTime(after, memory, { now, alarmAt: context.alarmAt, isMoreDue: actions.length < due.length }),
    polledSlot: memory.polledSlot,
    discard,
  };
}

function created(input: Input): Draft | null {
  if (input.kind !== "created") return null;
  return draftOf({ generation: accept(input.facts, input.stagedKey), deliveries: [] });
}

/** What time alone makes of it; null when nothing is left. */
function expired(
  draft: Draft,
  memory: { readonly polledSlot: number; readonly running: ReadonlyMap<string, Running> },
  context: Context,
): Draft | null {
  const { now } = context;
  const expiry = dueExpiry(draft, memory, now);
  switch (expiry?.kind) {
    case undefined:
      return draft;
    case "fail":
      return through(draft, [failed(draft.generation, expiry.failure, now)], context);
    case "remove":
      return removed(draft, { now, requestId: "retention" });
    case "forget":
      return null;
  }
}

/** Of what is due, what this invocation of the object may start. */
function startable(due: readonly Action[], deliveriesLeft: number): readonly Action[] {
  let deliveries = 0;
  return due.filter(({ kind }) => kind !== "deliver" || deliveries++ < deliveriesLeft);
}

/** An object that has just come to life takes everything as polled that lies before the time its alarm was set for. */
function polledSlotOf(generation: Generation, input: Input, { polledSlot, now }: Context): number {
  const { state } = generation;
  if (!("job" in state) || state.job === null) return 0;
  const grid = gridOf(generation, state.job);
  const current = slotAt(grid, now);
  const known = polledSlot ?? (input.kind === "alarm" ? slotAt(grid, input.scheduledFor - 1) : current);
  // A clock that was turned back must not hold the polls until it has caught up.
  return Math.min(known, current);
}

function discarded(life: Life | null, input: Input): string | null {
  return input.kind === "outcome" && input.isStale ? leftBehind(life?.generation ?? null, input.outcome) : null;
}
