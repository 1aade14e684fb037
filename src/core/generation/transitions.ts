// State transitions, one function for each, used by the rules.

import { backoff, honoringRetryAfter } from "../backoff.ts";
import { cutText } from "../text.ts";
import type { Timing } from "./context.ts";
import { withCost } from "./cost.ts";
import { type Failure, generationError } from "./errors.ts";
import { type Grid, slotAt } from "./grid.ts";
import { queueTimeoutMs } from "./policy.ts";
import type { AtProvider, Generation, Polling, ProviderJob, State, StateOf, StoredVideo, Waiting } from "./record.ts";

/** Longer than an aborted copy takes to end. */
const PURGE_DELAY_MS = 60_000;

export function gridOf(generation: Generation, job: ProviderJob): Grid {
  return { startedAt: job.polledFrom ?? job.acceptedAt, intervalMs: generation.policy.pollIntervalMs };
}

/** Number of polls until `now`. While the job runs, it is computed from the polling grid. */
export function pollCount(generation: Generation, now: number): number {
  const { state } = generation;
  switch (state.phase) {
    case "waiting":
    case "generating":
      return slotsBy(generation, state, now) - state.polling.skippedSlots;
    case "ready":
    case "in-line":
    case "submitting":
    case "reconciling":
      return 0;
    default:
      return state.polls;
  }
}

/** Backoff and stretching subtract skipped slots in advance (`skippedSlots`), so they count as passed from then on. */
function slotsBy(generation: Generation, { job, polling }: Waiting, now: number): number {
  return Math.max(slotAt(gridOf(generation, job), now), polling.resumeSlot - 1);
}

/** Maximum length of a failed try's reason, kept for the error message of a deadline. In UTF-16 code units. */
export const MAX_REASON_LENGTH = 200;

/** The generation in a new state, with its version raised. */
export function inState(generation: Generation, state: State): Generation {
  return { ...generation, version: generation.version + 1, state };
}

/** How long before the deadline the last try is made, unless half of the time until the deadline is shorter. */
const LAST_TRY_MS = 60_000;

/** When the last try is made: a `Retry-After` beyond the deadline must not be the end of a generation. */
export function lastTryAt({ createdAt, policy }: Pick<Generation, "createdAt" | "policy">): number {
  const limitMs = queueTimeoutMs(policy);
  return createdAt + limitMs - Math.min(LAST_TRY_MS, limitMs / 2);
}

export const RESUBMIT_BACKOFF = { firstMs: 2_000, mostMs: 60_000 };

interface Resubmission {
  readonly tries: number;
  readonly retryAfterMs?: number | null;
  readonly reason?: string | undefined;
  /** Whether it is sent even if there is a line. */
  readonly hasTurn?: boolean;
}

/** Schedules another submission of a job that the provider does not have. */
export function resubmitLater(
  generation: Generation,
  { tries, retryAfterMs = null, reason, hasTurn = false }: Resubmission,
  { now, random }: Timing,
): Generation {
  const ownMs = backoff(RESUBMIT_BACKOFF, tries, random);
  const wantedMs = honoringRetryAfter(ownMs, retryAfterMs, random);
  const notBefore = Math.max(now + ownMs, Math.min(now + wantedMs, lastTryAt(generation)));
  const refusal = reason === undefined ? {} : { refusal: cutText(reason, MAX_REASON_LENGTH) };
  const turn = hasTurn ? ({ hasTurn } as const) : {};
  return inState(generation, { phase: "ready", tries, notBefore, ...refusal, ...turn });
}

const FRESH_POLLING: Polling = { failures: 0, missing: 0, withoutUrl: 0, resumeSlot: 1, skippedSlots: 0 };

/** The provider has accepted the job. */
export function accepted(generation: Generation, job: ProviderJob): Generation {
  return inState(generation, { phase: "waiting", job, polling: FRESH_POLLING });
}

/** The video is stored. Settles the cost. */
export function completed(
  generation: Generation,
  state: StateOf<"storing">,
  video: StoredVideo,
  now: number,
): Generation {
  const { job, startedAt, polls, since: storingAt } = state;
  const stored = { ...withCost(generation, job, false), openUpload: null };
  return inState(stored, { phase: "completed", job, startedAt, polls, storingAt, finishedAt: now, video });
}

/** Whether the provider certainly has no job: nothing was sent, or it was definitely refused. */
export function isUnsubmitted({ state }: Pick<Generation, "state">): boolean {
  return state.phase === "ready" || state.phase === "in-line";
}

/** The generation has failed. Settles the cost. */
export function failed(generation: Generation, failure: Failure, now: number): Generation {
  const sourceUrl =
    failure.code === "storage_failed" && generation.state.phase === "storing"
      ? generation.state.lastSourceUrl
      : undefined;
  const error = generationError(failure, sourceUrl);
  const end = ending(generation, now);
  const settled = withCost(generation, end.job, failure.isFree === true || isUnsubmitted(generation));
  const told = withUnreported(withPurgeAfterStoring(settled, now), generation.state);
  return inState(told, { phase: "failed", error, ...end });
}

/** The caller has canceled the generation. Settles the cost, unless its job may still run. */
export function canceled(generation: Generation, now: number): Generation {
  const message = isUnsubmitted(generation)
    ? "Canceled before it was sent to the provider; nothing will be billed."
    : "Canceled. The provider cannot stop a job: it may still finish there and be billed.";
  const end = ending(generation, now);
  const leftover = leftoverOf(generation);
  // If the job may still run, the cost is settled at its end (at-provider.ts).
  const settled = "leftover" in leftover ? generation : withCost(generation, end.job, isUnsubmitted(generation));
  return inState(withUnreported(withPurgeAfterStoring(settled, now), generation.state), {
    phase: "canceled",
    error: generationError({ code: "canceled", message }),
    ...end,
    ...leftover,
  });
}

/**
 * A generation that ends with a refusal still tells the line of it. Otherwise, the line would grant the next turn at once,
 * although the provider is full.
 *
 * @param last the state in which it would have waited.
 */
export function withUnreported(generation: Generation, last: State): Generation {
  const { line } = generation;
  if (line === undefined || last.phase !== "in-line" || last.unreported === undefined) return generation;
  return { ...generation, line: { ...line, unreported: last.unreported } };
}

/** What the provider may still work on. A sandbox job ends with its cancel, and a job whose video is stored has ended. */
function leftoverOf({ provider, state }: Generation): { readonly leftover?: AtProvider } {
  if (provider === "sandbox") return {};
  switch (state.phase) {
    case "submitting":
    case "reconciling":
      return { leftover: state };
    case "waiting":
    case "generating":
      // A job that was called done before may be charged even if it fails.
      return { leftover: { ...state, polling: { ...FRESH_POLLING, withoutUrl: state.polling.withoutUrl } } };
    default:
      return {};
  }
}

/**
 * Schedules a purge for a generation that ends while its video is being copied. The aborted copy cleans up after
 * itself, but the object may die before it has.
 */
function withPurgeAfterStoring(generation: Generation, now: number): Generation {
  return generation.state.phase === "storing" ? withPurge(generation, now + PURGE_DELAY_MS) : generation;
}

/** Schedules a purge, never earlier than one already scheduled: an aborted copy may still write for a while. */
export function withPurge(generation: Generation, at: number): Generation {
  return { ...generation, purgeAt: Math.max(at, generation.purgeAt ?? at) };
}

function ending(generation: Generation, now: number) {
  const { state } = generation;
  return {
    finishedAt: now,
    job: "job" in state ? state.job : null,
    startedAt: "startedAt" in state ? state.startedAt : null,
    storingAt: state.phase === "storing" ? state.since : null,
    polls: pollCount(generation, now),
  };
}
