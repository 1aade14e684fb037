// The rules of a generation's life. Three questions, answered from the saved record and the time alone:
// what is due now, what does an outcome change, and when must the object be awake again. See docs/architecture.md.

import { backoff, respectful } from "./backoff.ts";
import type { Delivery } from "./delivery.ts";
import { type Generation, isTerminal, isUndecided } from "./generation.ts";
import { slotAt, slotTime } from "./grid.ts";
import type { Moment } from "./moment.ts";
import { type Action, actionKey, type Outcome } from "./outcome.ts";
import { pollDue, pollSettled, refreshSettled } from "./polling.ts";
import { accepted, completed, failed, gridOf, type Happening, happenings, inState } from "./transitions.ts";

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

/** The life of a result URL, and so the bound of storing. */
export const STORING_TIMEOUT_MS = 24 * 60 * 60 * 1000;

const MAX_SOURCE_REFRESHES = 5;
const RESUBMIT_BACKOFF = { firstMs: 2_000, mostMs: 60_000 };
const RECONCILE_BACKOFF = { firstMs: 5_000, mostMs: 60_000 };
const STORE_BACKOFF = { firstMs: 2_000, mostMs: 300_000 };
const UNSTAGE_RETRY_MS = 60_000;

/** Everything that should be under way at `now` and is not, the generation's own work first. */
export function dueActions(life: Life, memory: Memory, now: number): Action[] {
  const own = ownActions(life.generation, memory, now).filter((action) => !memory.running.has(actionKey(action)));
  const delivering = [...memory.running].filter((key) => key.startsWith("deliver:")).length;
  const deliveries = life.deliveries
    .filter(({ nextAttemptAt }) => nextAttemptAt !== null && nextAttemptAt <= now)
    .sort((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0))
    .map(({ id }): Action => ({ kind: "deliver", deliveryId: id }))
    .filter((action) => !memory.running.has(actionKey(action)))
    .slice(0, Math.max(0, MAX_DELIVERIES_AT_ONCE - delivering));
  return [...own, ...deliveries];
}

function ownActions(generation: Generation, memory: Memory, now: number): Action[] {
  const { state, stagedInput } = generation;
  const actions: Action[] = [];
  if (stagedInput !== null && !isUndecided(generation) && stagedInput.deleteAt <= now) {
    actions.push({ kind: "unstage", key: stagedInput.key });
  }
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

/** Our id of one try of a submission: at most 128 characters of `A-Z a-z 0-9 . _ : -`, never the same twice. */
function requestId(generation: Generation, attempt: number): string {
  return `${generation.id}.${generation.createdAt.toString(36)}.${attempt}`;
}

/** What must be saved before the action leaves: for a submission, that it has been sent. */
export function begin(generation: Generation, action: Action, now: number): Generation {
  const { state } = generation;
  if (action.kind !== "submit" || state.phase !== "ready") return generation;
  return inState(generation, { phase: "submitting", tries: state.tries + 1, requestId: action.requestId, sentAt: now });
}

export interface Change {
  readonly generation: Generation;
  readonly happenings: readonly Happening[];
}

/** Follows each step of a change, so that no event is lost where one outcome means two of them. */
export function steps(
  before: Generation,
  after: readonly Generation[],
  now: number,
  link: Happening["link"] = null,
): Change {
  const found: Happening[] = [];
  let latest = before;
  for (const generation of after) {
    found.push(...happenings(latest, generation, now, link));
    latest = generation;
  }
  return { generation: latest, happenings: found };
}

/** The generation after an action of its own has ended. Outcomes that no longer fit the state change nothing. */
export function applyOutcome(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" }>,
  moment: Moment,
): Change {
  const link = outcome.kind === "store" && outcome.result.kind === "stored" ? outcome.result.link : null;
  return steps(generation, nextStates(generation, outcome, moment), moment.now, link);
}

function nextStates(
  generation: Generation,
  outcome: Exclude<Outcome, { kind: "deliver" }>,
  moment: Moment,
): readonly Generation[] {
  switch (outcome.kind) {
    case "submit":
      return [submitSettled(generation, outcome.result, moment)];
    case "reconcile":
      return [reconcileSettled(generation, outcome.result, moment)];
    case "poll":
      return generation.state.phase === "storing"
        ? [refreshSettled(generation, outcome.result, moment)]
        : pollSettled(generation, outcome, moment);
    case "store":
      return [storeSettled(generation, outcome.result, moment)];
    case "unstage":
      return [unstageSettled(generation, outcome.result.kind === "deleted", moment)];
  }
}

type ResultOf<K extends Outcome["kind"]> = Extract<Outcome, { kind: K }>["result"];

function submitSettled(generation: Generation, result: ResultOf<"submit">, { now, random }: Moment): Generation {
  const { state } = generation;
  if (state.phase !== "submitting") return generation;
  const { tries, requestId, sentAt } = state;
  switch (result.kind) {
    case "accepted":
      return accepted(generation, {
        id: result.jobId,
        status: result.status,
        acceptedAt: now,
        credits: result.credits,
      });
    case "refused":
      return failed(generation, result, now);
    case "busy": {
      const wait = respectful(backoff(RESUBMIT_BACKOFF, tries, random), result.retryAfterMs);
      return inState(generation, { phase: "ready", tries, notBefore: now + wait });
    }
    case "unknown": {
      const notBefore = now + backoff(RECONCILE_BACKOFF, 1, random);
      return inState(generation, { phase: "reconciling", tries, requestId, sentAt, checks: 0, notBefore });
    }
  }
}

function reconcileSettled(generation: Generation, result: ResultOf<"reconcile">, { now, random }: Moment): Generation {
  const { state } = generation;
  if (state.phase !== "submitting" && state.phase !== "reconciling") return generation;
  const { tries, requestId, sentAt } = state;
  switch (result.kind) {
    case "found":
      return accepted(generation, { id: result.jobId, status: "queued", acceptedAt: now, credits: null });
    case "failed":
      return inState(generation, { phase: "ready", tries, notBefore: now + backoff(RESUBMIT_BACKOFF, tries, random) });
    default: {
      const checks = 1 + (state.phase === "reconciling" ? state.checks : 0);
      const retryAfterMs = result.kind === "unavailable" ? result.retryAfterMs : null;
      const notBefore = now + respectful(backoff(RECONCILE_BACKOFF, checks, random), retryAfterMs);
      return inState(generation, { phase: "reconciling", tries, requestId, sentAt, checks, notBefore });
    }
  }
}

function storeSettled(generation: Generation, result: ResultOf<"store">, { now, random }: Moment): Generation {
  const { state } = generation;
  if (state.phase !== "storing") return generation;
  switch (result.kind) {
    case "stored":
      return completed(generation, state, result.video, now);
    case "rejected":
      return failed(generation, { code: "storage_failed", message: result.message }, now);
    case "interrupted": {
      const failures = state.failures + 1;
      const notBefore = now + backoff(STORE_BACKOFF, failures, random);
      return inState(generation, { ...state, failures, notBefore });
    }
    case "gone": {
      const refreshes = state.refreshes + 1;
      if (refreshes > MAX_SOURCE_REFRESHES) {
        return failed(generation, { code: "storage_failed", message: result.message }, now);
      }
      return inState(generation, { ...state, refreshes, sourceUrl: null, notBefore: now });
    }
  }
}

function unstageSettled(generation: Generation, deleted: boolean, { now }: Moment): Generation {
  const { stagedInput } = generation;
  if (stagedInput === null) return generation;
  return { ...generation, stagedInput: deleted ? null : { ...stagedInput, deleteAt: now + UNSTAGE_RETRY_MS } };
}

/**
 * Ends what has run out of time. A running job is not ended here but by the answer to its last poll, which is due at the
 * deadline: a job that finished in time is never given up unasked.
 */
export function expire(generation: Generation, now: number): Change {
  const { state, createdAt, policy } = generation;
  const seconds = policy.timeoutMs / 1000;
  const late = now >= createdAt + policy.timeoutMs;
  const end = (code: "timed_out" | "submission_unknown" | "storage_failed", message: string) =>
    steps(generation, [failed(generation, { code, message }, now)], now);
  if (state.phase === "ready" && late) {
    return end("timed_out", `The provider did not accept the job within ${seconds} s.`);
  }
  if (state.phase === "reconciling" && late && state.checks > 0) {
    const message = `Whether the provider accepted the job (request id ${state.requestId}) could not be found out within ${seconds} s. It was not sent again, so that it is not paid twice.`;
    return end("submission_unknown", message);
  }
  if (state.phase === "storing" && now >= state.since + STORING_TIMEOUT_MS) {
    return end("storage_failed", "The video could not be copied within 24 hours.");
  }
  return { generation, happenings: [] };
}

/**
 * When the object must be awake again, or null when nothing is left to do. What is due already but cannot start yet is
 * started when something that runs ends.
 */
export function nextWake(life: Life, memory: Memory, now: number): number | null {
  const times = [
    ...ownTimes(life.generation, memory),
    ...life.deliveries
      .filter(({ id }) => !memory.running.has(actionKey({ kind: "deliver", deliveryId: id })))
      .map(({ nextAttemptAt }) => nextAttemptAt),
  ].filter((time) => time !== null && time > now);
  return times.length === 0 ? null : Math.min(...times.map(Number));
}

function ownTimes(generation: Generation, { polledSlot }: Memory): (number | null)[] {
  const { state, stagedInput, createdAt, policy } = generation;
  const times: (number | null)[] = [];
  if (stagedInput !== null && !isUndecided(generation)) times.push(stagedInput.deleteAt);
  switch (state.phase) {
    case "ready":
    case "reconciling":
      times.push(state.notBefore, createdAt + policy.timeoutMs);
      break;
    case "waiting":
    case "generating": {
      const slot = Math.max(polledSlot + 1, state.polling.resumeSlot);
      times.push(slotTime(gridOf(generation, state.job), slot), state.job.acceptedAt + policy.timeoutMs);
      break;
    }
    case "storing":
      times.push(state.since + STORING_TIMEOUT_MS, state.notBefore);
      if (state.sourceUrl === null) times.push(slotTime(gridOf(generation, state.job), polledSlot + 1));
      break;
  }
  return times;
}

/** Whether nothing will ever be due again. */
export function isSettled({ generation, deliveries }: Life): boolean {
  return (
    isTerminal(generation) &&
    generation.stagedInput === null &&
    deliveries.every(({ nextAttemptAt }) => nextAttemptAt === null)
  );
}
