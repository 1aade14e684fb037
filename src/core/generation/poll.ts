// Polling: when the provider is asked about a job, and what its answers change. An answer without news changes nothing,
// so nothing is written, unless polls are stretched (stretch.ts).

import { backoff, honoringRetryAfter } from "../backoff.ts";
import { priceSoFar } from "../money/usage.ts";
import { cutText } from "../text.ts";
import type { JobStatus, Outcome, PollResult } from "./action.ts";
import { advanceAtProvider, atProvider } from "./at-provider.ts";
import type { Timing } from "./context.ts";
import { slotAt, slotFrom, slotTime } from "./grid.ts";
import { type Generation, isTerminal, type Polling, type ProviderJob, type StateOf } from "./record.ts";
import type { Rule } from "./rule.ts";
import { MAX_STORING_WAIT_MS, problemOf } from "./store.ts";
import { afterUsable, resumedAt, stretched, stretchedSlot } from "./stretch.ts";
import { failed, gridOf, inState, MAX_REASON_LENGTH, pollCount } from "./transitions.ts";

export const POLL_BACKOFF = { firstMs: 5_000, mostMs: 120_000 };

/** The generation fails after this many consecutive "no such job" answers. A new job can take a while to show up. */
const MAX_MISSING = 6;

/** The generation fails after this many consecutive answers that report completion without a URL. */
const MAX_WITHOUT_URL = 6;

export const poll: Rule<"poll"> = {
  leaseMs: 20_000,

  entries({ generation }, { polledSlot }, now) {
    const polled = atProvider(generation);
    const at = pollTime(polled, polledSlot);
    if (at === null || !("job" in polled.state) || polled.state.job === null) return [];
    const { job } = polled.state;
    return [{ at, action: { kind: "poll", jobId: job.id, slot: slotAt(gridOf(polled, job), now) } }];
  },

  isWanted: (_, { generation }) => !isTerminal(atProvider(generation)),

  settle(draft, outcome, context) {
    const isRefresh = draft.generation.state.phase === "storing";
    const change = (generation: Generation) =>
      isRefresh ? [afterRefresh(generation, outcome.result, context)] : afterPoll(generation, outcome, context);
    return advanceAtProvider(draft, change, context);
  },
};

/** When the next poll is due; null when none is needed. */
function pollTime(generation: Generation, polledSlot: number): number | null {
  const { state } = generation;
  switch (state.phase) {
    case "waiting":
    case "generating": {
      const slot = Math.max(polledSlot + 1, state.polling.resumeSlot);
      // The last poll is at the deadline, on the grid or not.
      return Math.min(slotTime(gridOf(generation, state.job), slot), deadlineOf(generation, state.job));
    }
    case "storing":
      // Polls for a fresh URL to replace a dead one, on the grid or not.
      if (state.sourceUrl !== null) return null;
      return Math.max(state.notBefore, slotTime(gridOf(generation, state.job), polledSlot + 1));
    default:
      return null;
  }
}

/** The newest slot that needs no poll, for a new object started by an alarm that was set for `scheduledFor`. */
export function polledBefore(generation: Generation, scheduledFor: number): number {
  const { state } = generation;
  if (!("job" in state) || state.job === null) return 0;
  const grid = gridOf(generation, state.job);
  const isForRefresh = state.phase === "storing" && state.sourceUrl === null && state.notBefore === scheduledFor;
  return isForRefresh ? slotAt(grid, scheduledFor) - 1 : slotAt(grid, scheduledFor - 1);
}

function deadlineOf(generation: Generation, job: ProviderJob): number {
  return job.acceptedAt + generation.policy.timeoutMs;
}

type Running = StateOf<"waiting"> | StateOf<"generating">;

/** Every state that the answer leads through, in order. */
function afterPoll(generation: Generation, outcome: Outcome<"poll">, timing: Timing): readonly Generation[] {
  const { state } = generation;
  if (state.phase !== "waiting" && state.phase !== "generating") return [];
  const after = afterAnswer(generation, state, outcome, timing);
  const latest = after.at(-1) ?? generation;
  const stillRunning = latest.state.phase === "waiting" || latest.state.phase === "generating";
  if (!stillRunning || timing.now < deadlineOf(generation, state.job)) return after;
  const seconds = generation.policy.timeoutMs / 1000;
  const { problem } = (latest.state as Running).polling;
  const last = problem === undefined ? "" : ` Last error: ${problem}`;
  const message = `The provider did not finish the job within ${seconds} s of accepting it. It may still finish and be billed.${last}`;
  return [...after, failed(latest, { code: "timed_out", message }, timing.now)];
}

function afterAnswer(
  generation: Generation,
  state: Running,
  { result, ...answered }: Outcome<"poll">,
  timing: Timing,
): readonly Generation[] {
  const { now } = timing;
  const grid = gridOf(generation, state.job);
  const usable = () => afterUsable(state.polling, answered, grid, timing);
  switch (result.kind) {
    case "running": {
      const report = { status: result.status, ...priceSoFar(result) };
      const next = withJobStatus(generation, state, report, withoutFailures(usable()));
      return result.started ? [next, startedNow(next, now)] : [next];
    }
    case "done": {
      const next = startedNow(withJobStatus(generation, state, result, withoutFailures(usable())), now);
      if (next.state.phase !== "generating") return [next];
      if (result.url !== null) return [next, storing(next, next.state, { sourceUrl: result.url, now })];
      const withoutUrl = state.polling.withoutUrl + 1;
      if (withoutUrl >= MAX_WITHOUT_URL) {
        const message =
          "The provider reports the job as completed, but its answers contain no link to a video that may be downloaded. It may be billed.";
        return [next, failed(next, { code: "provider_error", message }, now)];
      }
      return [inState(next, { ...next.state, polling: { ...next.state.polling, withoutUrl } })];
    }
    case "failed": {
      const job = withStatus(state.job, result);
      // A price was stated now or before. A job that was called done before may also be charged.
      const isPriced = result.isCharged === true || (job.credits ?? 0) > 0 || (job.usd ?? 0) > 0;
      const mayBePaid = isPriced || state.polling.withoutUrl > 0;
      const failure = { ...result, retryable: result.retryable === true && !mayBePaid, isFree: !mayBePaid };
      return [failed(withJobStatus(generation, state, result, withoutFailures(state.polling)), failure, now)];
    }
    case "missing": {
      const missing = state.polling.missing + 1;
      if (missing >= MAX_MISSING) {
        return [failed(generation, { code: "provider_error", message: "The provider has no record of the job." }, now)];
      }
      return [withPolling(generation, state, { ...usable(), missing })];
    }
    case "unavailable": {
      const { isRefused = false, retryAfterMs } = result;
      const failures = state.polling.failures + 1;
      const problem = cutText(result.message, MAX_REASON_LENGTH);
      const failing = { ...state.polling, failures, problem };
      const polling = isRefused ? stretched(failing, grid) : failing;
      const ownMs = isRefused ? 0 : backoff(POLL_BACKOFF, failures, timing.random);
      const waitMs = honoringRetryAfter(ownMs, retryAfterMs, timing.random);
      const resumeSlot = Math.max(slotFrom(grid, now + waitMs), stretchedSlot(polling, grid, timing));
      return [withPolling(generation, state, resumedAt(polling, { ...answered, resumeSlot }, grid, now))];
    }
  }
}

function started(generation: Generation, state: StateOf<"waiting">, now: number): Generation {
  const { job, polling } = state;
  return inState(generation, { phase: "generating", job, polling, startedAt: now });
}

function storing(
  generation: Generation,
  state: StateOf<"generating">,
  { sourceUrl, now }: { sourceUrl: string; now: number },
): Generation {
  return inState(generation, {
    phase: "storing",
    job: state.job,
    startedAt: state.startedAt,
    polls: pollCount(generation, now),
    sourceUrl,
    lastSourceUrl: sourceUrl,
    refreshes: 0,
    failures: 0,
    notBefore: now,
    since: now,
  });
}

/** Resets all counters of bad answers, after a usable answer about the job. */
function withoutFailures(polling: Polling): Polling {
  const { failures, missing, withoutUrl, problem: _, ...rest } = polling;
  return failures + missing + withoutUrl === 0 ? polling : { ...rest, failures: 0, missing: 0, withoutUrl: 0 };
}

function startedNow(generation: Generation, now: number): Generation {
  return generation.state.phase === "waiting" ? started(generation, generation.state, now) : generation;
}

function withPolling(generation: Generation, state: Running, polling: Polling): Generation {
  return polling === state.polling ? generation : inState(generation, { ...state, polling });
}

/** Takes over the counters, and the provider's status and price if they changed. */
function withJobStatus(generation: Generation, state: Running, report: JobStatus, polling: Polling): Generation {
  const job = withStatus(state.job, report);
  return job === state.job && polling === state.polling ? generation : inState(generation, { ...state, job, polling });
}

/** Keeps the last price that the provider has stated. */
function withStatus(job: ProviderJob, report: JobStatus): ProviderJob {
  const { status } = report;
  const [credits, usd] = [report.credits ?? job.credits, report.usd ?? job.usd ?? null];
  const isKnown = status === job.status && credits === job.credits && usd === (job.usd ?? null);
  return isKnown ? job : { ...job, status, credits, usd };
}

/**
 * A poll while storing only looks for a fresh URL to replace a dead one. If there is none, the old URL is tried again,
 * because its host may have the video by now.
 */
function afterRefresh(generation: Generation, result: PollResult, { now, random }: Timing): Generation {
  const { state } = generation;
  if (state.phase !== "storing" || state.sourceUrl !== null) return generation;
  const { unansweredPolls = 0, ...rest } = state;
  const again = { ...rest, polls: state.polls + 1, sourceUrl: state.lastSourceUrl };
  switch (result.kind) {
    case "done": {
      const sourceUrl = result.url ?? state.lastSourceUrl;
      const job = withStatus(state.job, result);
      return inState(generation, { ...again, job, sourceUrl, lastSourceUrl: sourceUrl, notBefore: now });
    }
    case "failed": {
      const priced = { ...generation, state: { ...state, job: withStatus(state.job, result) } };
      return failed(priced, { code: "storage_failed", message: result.message }, now);
    }
    case "running":
    case "missing":
      return inState(generation, { ...again, notBefore: now });
    case "unavailable": {
      const failures = unansweredPolls + 1;
      const retryAfterMs = Math.min(result.retryAfterMs ?? 0, MAX_STORING_WAIT_MS);
      const notBefore = now + honoringRetryAfter(backoff(POLL_BACKOFF, failures, random), retryAfterMs, random);
      return inState(generation, { ...again, unansweredPolls: failures, problem: problemOf(result), notBefore });
    }
  }
}
