// When a generation needs something next. Each timing rule stands once, in the file of its action, as an entry with its
// time: an entry is due when its time has come, and the next wake is the earliest time still to come. A rule that could
// be due and not be woken for would let a paid generation sleep until the watchdog finds it.

import { type Action, actionKey, type Entry, type Expiry } from "./action.ts";
import type { Context, RuntimeState } from "./context.ts";
import type { Life } from "./life.ts";
import { isTerminal } from "./record.ts";
import { removalExpiries } from "./removal.ts";
import { CHECK_INTERVAL_MS } from "./report.ts";
import { leaseEnd, RULES } from "./rules.ts";

function actionEntries(life: Life, runtime: RuntimeState, now: number): readonly Entry<Action>[] {
  return Object.values(RULES).flatMap((rule): readonly Entry<Action>[] => rule.entries(life, runtime, now));
}

function expiryEntries(life: Life, runtime: RuntimeState): readonly Entry<Expiry>[] {
  return [...Object.values(RULES).flatMap((rule) => rule.expiries?.(life, runtime) ?? []), ...removalExpiries(life)];
}

/** Six connections may wait for an answer at once; one is left for the poll or the copy. */
export const MAX_DELIVERIES_AT_ONCE = 5;

/** Everything that should be under way at `now` and is not. */
export function dueActions(life: Life, runtime: RuntimeState, now: number): Action[] {
  const { running } = runtime;
  const due = actionEntries(life, runtime, now)
    .filter(({ at, action }) => at <= now && !running.has(actionKey(action)))
    .map(({ action }) => action);
  const delivering = [...running.values()].filter(({ action }) => action.kind === "deliver").length;
  return withDeliveriesUpTo(MAX_DELIVERIES_AT_ONCE - delivering, due);
}

/** Those actions, with the first so many deliveries among them only. */
export function withDeliveriesUpTo(most: number, actions: readonly Action[]): Action[] {
  let deliveries = 0;
  return actions.filter(({ kind }) => kind !== "deliver" || deliveries++ < most);
}

/** What the time has brought about by `now`; null when nothing. */
export function dueExpiry(life: Life, runtime: RuntimeState, now: number): Expiry | null {
  return expiryEntries(life, runtime).find(({ at }) => at <= now)?.action ?? null;
}

/**
 * When the object must be awake again, or null when nothing is left to do. What is due already but cannot start yet is
 * started when something that runs ends.
 */
export function nextWake(life: Life, runtime: RuntimeState, now: number): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const { at } of [...actionEntries(life, runtime, now), ...expiryEntries(life, runtime)]) {
    if (at > now && at < next) next = at;
  }
  return next === Number.POSITIVE_INFINITY ? null : next;
}

/** While anything runs the object looks at it so often: this bounds how long a crash goes unnoticed. */
const LIVENESS_CHECK_MS = 20_000;

interface Wake extends Pick<Context, "now" | "alarmAt"> {
  /** Whether something due was left to the next invocation. */
  readonly isMoreDue: boolean;
}

/** The time for which the alarm is to be set: for what is next, and for a look at what runs. Null when nothing is left. */
export function wakeTime(life: Life, runtime: RuntimeState, { now, alarmAt, isMoreDue }: Wake): number | null {
  const needed = isMoreDue ? now + 1 : (nextWake(life, runtime, now) ?? Number.POSITIVE_INFINITY);
  const leases = [...runtime.running.values()].map((each) => Math.min(leaseEnd(each), now + LIVENESS_CHECK_MS));
  const time = Math.max(now + 1, Math.min(needed, ...leases));
  if (time === Number.POSITIVE_INFINITY) return null;
  // A look at what runs may as well come a little earlier: an alarm that is moved is a row that is written.
  const isSoonEnough = typeof alarmAt === "number" && alarmAt > now + LIVENESS_CHECK_MS / 2 && alarmAt < time;
  return time !== needed && isSoonEnough ? alarmAt : time;
}

const NOTHING_RUNS: RuntimeState = { polledSlot: 0, running: new Map() };

/** Whether no action will ever be due again. What the time alone brings about may still be to come. */
export function isSettled(life: Life): boolean {
  return isTerminal(life.generation) && actionEntries(life, NOTHING_RUNS, 0).length === 0;
}

/**
 * When the watchdog shall look again: a while after the next wake, since nothing can be late before. Null when never.
 *
 * @param alarmAt the time for which the alarm is set.
 */
export function nextCheck(life: Life, alarmAt: number | null, now: number): number | null {
  if (isSettled(life) && expiryEntries(life, NOTHING_RUNS).length === 0) return null;
  return Math.max(now, alarmAt ?? now) + CHECK_INTERVAL_MS;
}
