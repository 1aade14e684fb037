// The rules of a generation's life. Three questions, answered from the saved record and the time alone:
// what is due now, what does an outcome change, and when must the object be awake again. See docs/architecture.md.

import {
  CHECK_INTERVAL_MS,
  chores,
  choreTimes,
  isUnreported,
  purgeSettled,
  reportSettled,
  unstageSettled,
} from "./chores.ts";
import type { Delivery } from "./delivery.ts";
import { type Generation, isTerminal } from "./generation.ts";
import { slotAt, slotTime } from "./grid.ts";
import { type Change, steps, unchanged } from "./happenings.ts";
import type { Moment } from "./moment.ts";
import { type Action, actionKey, type Outcome } from "./outcome.ts";
import { pollDue, pollSettled, refreshSettled } from "./polling.ts";
import { expiresAt } from "./retention.ts";
import { STORING_TIMEOUT_MS, storeSettled } from "./storing.ts";
import { lookupDeadline, reconcileSettled, requestId, submitSettled } from "./submission.ts";
import { canceled, failed, gridOf, inState } from "./transitions.ts";

/** All that is saved about one generation. */
export interface Life {
  readonly generation: Generation;
  readonly deliveries: readonly Delivery[];
}

/** What only the living object knows. Losing it in a crash costs at most one repeated poll or attempt. */
export interface Memory {
  /** The newest slot of the polling grid that needs no poll any more. */
  readonly polledSlot: number;
  /** Keys of the actions under way (see `actionKey`). */
  readonly running: ReadonlySet<string>;
}

/** Six connections may wait for an answer at once; one is left for the poll or the copy. */
export const MAX_DELIVERIES_AT_ONCE = 5;

/** Everything that should be under way at `now` and is not; what nobody waits for comes last. */
export function dueActions(life: Life, memory: Memory, now: number): Action[] {
  const notRunning = (actions: readonly Action[]) => actions.filter((action) => !memory.running.has(actionKey(action)));
  const delivering = [...memory.running].filter((key) => key.startsWith("deliver:")).length;
  const deliveries = life.deliveries
    .filter(({ nextAttemptAt }) => nextAttemptAt !== null && nextAttemptAt <= now)
    .sort((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0))
    .map(({ id }): Action => ({ kind: "deliver", deliveryId: id }));
  return [
    ...notRunning(steppingActions(life.generation, memory, now)),
    ...notRunning(deliveries).slice(0, Math.max(0, MAX_DELIVERIES_AT_ONCE - delivering)),
    ...notRunning([...chores(life.generation, now)]),
  ];
}

/** What the generation needs to get on. */
function steppingActions(generation: Generation, memory: Memory, now: number): Action[] {
  const { state } = generation;
  const actions: Action[] = [];
  switch (state.phase) {
    case "ready":
      if (state.notBefore <= now) actions.push({ kind: "submit", requestId: requestId(generation, state.tries + 1) });
      break;
    case "submitting":
      // Sent, and whoever waited for the answer is gone: never again blindly.
      if (!memory.running.has("submit")) {
        actions.push({ kind: "reconcile", requestId: state.requestId, sentAt: state.sentAt });
      }
      break;
    case "reconciling":
      if (state.notBefore <= now) {
        actions.push({ kind: "reconcile", requestId: state.requestId, sentAt: state.sentAt });
      }
      break;
    case "waiting":
    case "generating":
    case "storing": {
      if (state.phase === "storing" && state.sourceUrl !== null) {
        if (state.notBefore <= now) actions.push({ kind: "store", sourceUrl: state.sourceUrl });
        break;
      }
      const slot = slotAt(gridOf(generation, state.job), now);
      if (pollDue(generation, { slot, polledSlot: memory.polledSlot, now })) {
        actions.push({ kind: "poll", jobId: state.job.id, slot });
      }
      break;
    }
  }
  return actions;
}

/** What must be saved before the action leaves: for a submission, that it has been sent. */
export function begin(generation: Generation, action: Action, now: number): Generation {
  const { state } = generation;
  if (action.kind !== "submit" || state.phase !== "ready") return generation;
  return inState(generation, { phase: "submitting", tries: state.tries + 1, requestId: action.requestId, sentAt: now });
}

/** The generation after an action of its own has ended. Outcomes that no longer fit the state change nothing. */
export function applyOutcome(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" }>,
  moment: Moment,
): Change {
  if (outcome.kind === "report") return reportSettled(generation, outcome, moment);
  const link = outcome.kind === "store" && outcome.result.kind === "stored" ? outcome.result.link : null;
  return steps(generation, nextStates(generation, outcome, moment), moment.now, link);
}

function nextStates(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" | "report" }>,
  moment: Moment,
): readonly Generation[] {
  switch (outcome.kind) {
    case "submit":
      return [submitSettled(generation, outcome, moment)];
    case "reconcile":
      return [reconcileSettled(generation, outcome.result, moment)];
    case "poll":
      return generation.state.phase === "storing"
        ? [refreshSettled(generation, outcome.result, moment)]
        : pollSettled(generation, outcome, moment);
    case "store":
      return [storeSettled(generation, outcome.result, moment)];
    case "unstage":
      return [unstageSettled(generation, outcome.result, moment)];
    case "purge":
      return [purgeSettled(generation, outcome.result, moment)];
  }
}

/** Ends a generation at its caller's wish. What runs for it is dropped; its provider may go on. */
export function cancel(generation: Generation, now: number): Change {
  if (isTerminal(generation)) return unchanged(generation);
  return steps(generation, [canceled(generation, now)], now);
}

/**
 * Ends what has run out of time. A running job is not ended here but by the answer to its last poll, which is due at the
 * deadline: a job that finished in time is never given up unasked.
 */
export function expire(generation: Generation, memory: Memory, now: number): Change {
  const { state, createdAt, policy } = generation;
  const seconds = policy.timeoutMs / 1000;
  const end = (code: "timed_out" | "submission_unknown" | "storage_failed", message: string) =>
    steps(generation, [failed(generation, { code, message }, now)], now);
  if (state.phase === "ready" && now >= createdAt + policy.timeoutMs) {
    return end("timed_out", `The provider did not accept the job within ${seconds} s.`);
  }
  const isChecking = memory.running.has("reconcile");
  if (state.phase === "reconciling" && now >= lookupDeadline(generation, state) && state.checks > 0 && !isChecking) {
    const message = `Whether the provider accepted the job (request id ${state.requestId}) could not be found out within ${seconds} s. It was not sent again, so that it is not paid twice.`;
    return end("submission_unknown", message);
  }
  if (state.phase === "storing" && now >= state.since + STORING_TIMEOUT_MS) {
    return end("storage_failed", "The video could not be copied within 24 hours.");
  }
  return unchanged(generation);
}

/**
 * When the object must be awake again, or null when nothing is left to do. What is due already but cannot start yet is
 * started when something that runs ends.
 */
export function nextWake(life: Life, memory: Memory, now: number): number | null {
  const times = [
    ...ownTimes(life.generation, memory),
    ...choreTimes(life.generation),
    life.generation.deletedAt === null ? expiresAt(life.generation) : null,
    ...life.deliveries
      .filter(({ id }) => !memory.running.has(actionKey({ kind: "deliver", deliveryId: id })))
      .map(({ nextAttemptAt }) => nextAttemptAt),
  ].filter((time) => time !== null && time > now);
  return times.length === 0 ? null : Math.min(...times.map(Number));
}

function ownTimes(generation: Generation, { polledSlot }: Memory): number[] {
  const { state, createdAt, policy } = generation;
  switch (state.phase) {
    case "ready":
      return [state.notBefore, createdAt + policy.timeoutMs];
    case "reconciling":
      return [state.notBefore, lookupDeadline(generation, state)];
    case "waiting":
    case "generating": {
      const slot = Math.max(polledSlot + 1, state.polling.resumeSlot);
      return [slotTime(gridOf(generation, state.job), slot), state.job.acceptedAt + policy.timeoutMs];
    }
    case "storing": {
      const times = [state.since + STORING_TIMEOUT_MS, state.notBefore];
      return state.sourceUrl === null ? [...times, slotTime(gridOf(generation, state.job), polledSlot + 1)] : times;
    }
    default:
      return [];
  }
}

/** Whether nothing will ever be due again, but for the end of a tombstone. */
export function isSettled({ generation, deliveries }: Life): boolean {
  return (
    isTerminal(generation) &&
    generation.stagedInput === null &&
    !isUnreported(generation) &&
    generation.purgeAt === null &&
    deliveries.every(({ nextAttemptAt }) => nextAttemptAt === null)
  );
}

/**
 * When the watchdog shall look again: a while after the next wake, since nothing can be late before. Null when never.
 *
 * @param alarmAt the time for which the alarm is set.
 */
export function nextCheck(life: Life, alarmAt: number | null, now: number): number | null {
  const { generation } = life;
  if (isSettled(life) && generation.deletedAt === null && expiresAt(generation) === null) return null;
  return Math.max(now, alarmAt ?? now) + CHECK_INTERVAL_MS;
}
