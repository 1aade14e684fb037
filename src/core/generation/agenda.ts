// The agenda: when a generation next needs something done. Each timing rule is defined once, in the file of its action,
// as an entry with a time. Due actions and the next wake both derive from these entries, so nothing becomes due without
// a wake: a paid generation would otherwise sleep until the watchdog finds it.

import { type Action, actionKey, type Entry, type Expiry } from "./action.ts";
import type { Context, RuntimeState } from "./context.ts";
import type { Life } from "./life.ts";
import { isTerminal } from "./record.ts";
import { removalExpiries } from "./removal.ts";
import { leaseEnd, RULES } from "./rules.ts";
import { CHECK_INTERVAL_MS } from "./summary.ts";

function actionEntries(life: Life, runtime: RuntimeState, now: number): readonly Entry<Action>[] {
  return Object.values(RULES).flatMap((rule): readonly Entry<Action>[] => rule.entries(life, runtime, now));
}

function expiryEntries(life: Life, runtime: RuntimeState): readonly Entry<Expiry>[] {
  return [...Object.values(RULES).flatMap((rule) => rule.expiries?.(life, runtime) ?? []), ...removalExpiries(life)];
}

/** The platform lets six connections wait for an answer at once. One stays free for the poll or the copy. */
export const MAX_DELIVERIES_AT_ONCE = 5;

/** Actions that are due at `now` and not running. At most {@link MAX_DELIVERIES_AT_ONCE} deliveries run at once. */
export function dueActions(life: Life, runtime: RuntimeState, now: number): Action[] {
  const { running } = runtime;
  const due = actionEntries(life, runtime, now)
    .filter(({ at, action }) => at <= now && !running.has(actionKey(action)))
    .map(({ action }) => action);
  const delivering = [...running.values()].filter(({ action }) => action.kind === "deliver").length;
  return withDeliveriesUpTo(MAX_DELIVERIES_AT_ONCE - delivering, due);
}

/** Keeps all other actions, but only the first `most` deliveries. */
export function withDeliveriesUpTo(most: number, actions: readonly Action[]): Action[] {
  let deliveries = 0;
  return actions.filter(({ kind }) => kind !== "deliver" || deliveries++ < most);
}

/** The first expiry that is due at `now`, or null. */
export function dueExpiry(life: Life, runtime: RuntimeState, now: number): Expiry | null {
  return expiryEntries(life, runtime).find(({ at }) => at <= now)?.action ?? null;
}

/**
 * The earliest time after `now` at which an entry becomes due, or null when there is none. Entries that are already due
 * but cannot start yet need no wake: they start when a running action ends.
 */
export function nextWake(life: Life, runtime: RuntimeState, now: number): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const { at } of [...actionEntries(life, runtime, now), ...expiryEntries(life, runtime)]) {
    if (at > now && at < next) next = at;
  }
  return next === Number.POSITIVE_INFINITY ? null : next;
}

/** How often the object checks its running actions. Bounds how long a crash goes unnoticed. */
const LIVENESS_CHECK_MS = 20_000;

interface Wake extends Pick<Context, "now" | "alarmAt"> {
  /** Whether due actions are left for the next invocation. */
  readonly isMoreDue: boolean;
}

/**
 * The time to set the alarm for: the next entry or the next check of running actions. Null when nothing is left: an alarm
 * that is set may then ring for nothing, which costs less than the row write of deleting it.
 */
export function wakeTime(life: Life, runtime: RuntimeState, { now, alarmAt, isMoreDue }: Wake): number | null {
  const needed = isMoreDue ? now + 1 : (nextWake(life, runtime, now) ?? Number.POSITIVE_INFINITY);
  const { state, policy } = life.generation;
  // While a submission is under way, the check is when the first poll will be due, so that the alarm need not be moved.
  const checkMs = state.phase === "submitting" ? Math.min(policy.pollIntervalMs, LIVENESS_CHECK_MS) : LIVENESS_CHECK_MS;
  const leases = [...runtime.running.values()].map((each) => Math.min(leaseEnd(each), now + checkMs));
  const time = Math.max(now + 1, Math.min(needed, ...leases));
  if (time === Number.POSITIVE_INFINITY) return null;
  // A check may come a little earlier than necessary: moving the alarm would cost a row write.
  const isSoonEnough = typeof alarmAt === "number" && alarmAt > now && alarmAt < time;
  return time !== needed && isSoonEnough ? alarmAt : time;
}

const NOTHING_RUNS: RuntimeState = { polledSlot: 0, running: new Map(), hasLine: false };

/** Whether no action will ever be due again. Expiries may still follow. */
export function isSettled(life: Life): boolean {
  return isTerminal(life.generation) && actionEntries(life, NOTHING_RUNS, 0).length === 0;
}

/**
 * When the watchdog should check again: some time after the next wake, since nothing can be late before that. Null for
 * never.
 *
 * @param alarmAt the time the alarm is set for.
 */
export function nextCheck(life: Life, alarmAt: number | null, now: number): number | null {
  if (isSettled(life) && expiryEntries(life, NOTHING_RUNS).length === 0) return null;
  return Math.max(now, alarmAt ?? now) + CHECK_INTERVAL_MS;
}
