// When a generation needs something next. Each timing rule stands once, beside what it is about, as an entry with its
// time: an entry is due when its time has come, and the next wake is the earliest time still to come. A rule that could
// be due and not be woken for would let a paid generation sleep until the watchdog finds it.

import type { Delivery } from "../webhooks/delivery.ts";
import { type Action, actionKey, type Entry, type Expiry } from "./action.ts";
import { CHECK_INTERVAL_MS, deleteInputEntries, forgetEntries, purgeEntries, reportEntries } from "./chores.ts";
import { leaseEnd, type Running } from "./lease.ts";
import type { Life } from "./life.ts";
import { pollEntries } from "./polling.ts";
import { isTerminal } from "./record.ts";
import { retentionEntries } from "./retention.ts";
import { storeDeadlineEntries, storeEntries } from "./storing.ts";
import { reconcileDeadlineEntries, reconcileEntries, submitDeadlineEntries, submitEntries } from "./submission.ts";

/** What only the living object knows. Losing it in a crash costs at most one repeated poll or attempt. */
export interface Memory {
  /** The newest slot of the polling grid that needs no poll any more. */
  readonly polledSlot: number;
  /** The actions under way, by `actionKey`. */
  readonly running: ReadonlyMap<string, Running>;
}

/** Six connections may wait for an answer at once; one is left for the poll or the copy. */
export const MAX_DELIVERIES_AT_ONCE = 5;

/** What the generation needs to get on comes first, what nobody waits for last. */
function actionEntries({ generation, deliveries }: Life, memory: Memory, now: number): Entry<Action>[] {
  return [
    ...submitEntries(generation),
    ...reconcileEntries(generation, memory.running, now),
    ...pollEntries(generation, memory.polledSlot, now),
    ...storeEntries(generation),
    ...deliverEntries(deliveries, memory.running),
    ...deleteInputEntries(generation),
    ...reportEntries(generation, now),
    ...purgeEntries(generation),
  ];
}

function expiryEntries({ generation, deliveries }: Life, { running }: Memory): Entry<Expiry>[] {
  return [
    ...submitDeadlineEntries(generation),
    ...reconcileDeadlineEntries(generation, running),
    ...storeDeadlineEntries(generation),
    ...retentionEntries(generation, deliveries),
    ...forgetEntries(generation),
  ];
}

/** One entry a delivery that is not under way, the longest waiting first. */
function deliverEntries(deliveries: readonly Delivery[], running: Memory["running"]): Entry<Action>[] {
  const entries: Entry<Action>[] = [];
  for (const { id, nextAttemptAt } of deliveries) {
    const action = { kind: "deliver", deliveryId: id } as const;
    if (nextAttemptAt !== null && !running.has(actionKey(action))) entries.push({ at: nextAttemptAt, action });
  }
  return entries.sort((a, b) => a.at - b.at);
}

/** Everything that should be under way at `now` and is not. */
export function dueActions(life: Life, memory: Memory, now: number): Action[] {
  const { running } = memory;
  const due = actionEntries(life, memory, now)
    .filter(({ at, action }) => at <= now && !running.has(actionKey(action)))
    .map(({ action }) => action);
  let delivering = [...running.values()].filter(({ action }) => action.kind === "deliver").length;
  return due.filter(({ kind }) => kind !== "deliver" || delivering++ < MAX_DELIVERIES_AT_ONCE);
}

/** What the time has brought about by `now`; null when nothing. */
export function dueExpiry(life: Life, memory: Memory, now: number): Expiry | null {
  return expiryEntries(life, memory).find(({ at }) => at <= now)?.action ?? null;
}

/**
 * When the object must be awake again, or null when nothing is left to do. What is due already but cannot start yet is
 * started when something that runs ends.
 */
export function nextWake(life: Life, memory: Memory, now: number): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const { at } of [...actionEntries(life, memory, now), ...expiryEntries(life, memory)]) {
    if (at > now && at < next) next = at;
  }
  return next === Number.POSITIVE_INFINITY ? null : next;
}

/** While anything runs the object looks at it so often: this bounds how long a crash goes unnoticed. */
const WATCH_MS = 20_000;

interface Wake {
  readonly now: number;
  /** The time the alarm is set for; null when it is not, undefined when nobody knows. */
  readonly alarmAt: number | null | undefined;
  /** Whether something due was left to the next invocation. */
  readonly isMoreDue: boolean;
}

/** The time for which the alarm is to be set: for what is next, and for a look at what runs. Null when nothing is left. */
export function wakeTime(life: Life, memory: Memory, { now, alarmAt, isMoreDue }: Wake): number | null {
  const needed = isMoreDue ? now + 1 : (nextWake(life, memory, now) ?? Number.POSITIVE_INFINITY);
  const leases = [...memory.running.values()].map((each) => Math.min(leaseEnd(each), now + WATCH_MS));
  const time = Math.max(now + 1, Math.min(needed, ...leases));
  if (time === Number.POSITIVE_INFINITY) return null;
  // A look at what runs may as well come a little earlier: an alarm that is moved is a row that is written.
  const isSoonEnough = typeof alarmAt === "number" && alarmAt > now + WATCH_MS / 2 && alarmAt < time;
  return time !== needed && isSoonEnough ? alarmAt : time;
}

const NOTHING_RUNS: Memory = { polledSlot: 0, running: new Map() };

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
