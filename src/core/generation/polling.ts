// When the provider is polled and what its answers change. A poll that brings nothing new changes nothing at all, so that
// nothing is written for it.

import { backoff, respectful } from "../backoff.ts";
import type { Moment } from "../moment.ts";
import type { Action, Entry, PollResult } from "./action.ts";
import { slotAt, slotFrom, slotTime } from "./grid.ts";
import type { Generation, Polling, ProviderJob, StateOf } from "./record.ts";
import { failed, gridOf, inState, started, storing } from "./transitions.ts";

export const POLL_BACKOFF = { firstMs: 5_000, mostMs: 120_000 };

/** Usable answers in a row that may deny the job before it is believed: a new job can take a while to be known everywhere. */
const MAX_MISSING = 6;

/** Usable answers in a row that may say completed without a URL. */
const MAX_WITHOUT_URL = 6;

/**
 * The next slot of the grid that needs a poll; at the deadline there is one last poll, on the grid or not. While storing,
 * a poll is for a fresh URL in place of a dead one, and may leave the grid as well.
 */
export function pollEntries(generation: Generation, polledSlot: number, now: number): Entry<Action>[] {
  const { state } = generation;
  if (state.phase !== "waiting" && state.phase !== "generating" && state.phase !== "storing") return [];
  const grid = gridOf(generation, state.job);
  const entry = (at: number): Entry<Action>[] => [
    { at, action: { kind: "poll", jobId: state.job.id, slot: slotAt(grid, now) } },
  ];
  if (state.phase === "storing") {
    return state.sourceUrl === null ? entry(Math.max(state.notBefore, slotTime(grid, polledSlot + 1))) : [];
  }
  const slot = Math.max(polledSlot + 1, state.polling.resumeSlot);
  return entry(Math.min(slotTime(grid, slot), deadlineOf(generation, state.job)));
}

function deadlineOf(generation: Generation, job: ProviderJob): number {
  return job.acceptedAt + generation.policy.timeoutMs;
}

type Running = StateOf<"waiting"> | StateOf<"generating">;

/** Each state that the answer leads through, in order. */
export function pollSettled(
  generation: Generation,
  { slot, result }: { slot: number; result: PollResult },
  moment: Moment,
): readonly Generation[] {
  const { state } = generation;
  if (state.phase !== "waiting" && state.phase !== "generating") return [];
  const after = answered(generation, state, { slot, result }, moment);
  const latest = after.at(-1) ?? generation;
  const stillRunning = latest.state.phase === "waiting" || latest.state.phase === "generating";
  if (!stillRunning || moment.now < deadlineOf(generation, state.job)) return after;
  const seconds = generation.policy.timeoutMs / 1000;
  const message = `The provider did not finish the job within ${seconds} s of accepting it. It may still finish, and bill it.`;
  return [...after, failed(latest, { code: "timed_out", message }, moment.now)];
}

function answered(
  generation: Generation,
  state: Running,
  { slot, result }: { slot: number; result: PollResult },
  moment: Moment,
): readonly Generation[] {
  const { now } = moment;
  switch (result.kind) {
    case "running": {
      const next = withWord(generation, state, result, calm(state.polling));
      return result.started ? [next, startedNow(next, now)] : [next];
    }
    case "done": {
      const next = startedNow(withWord(generation, state, result, calm(state.polling)), now);
      if (next.state.phase !== "generating") return [next];
      if (result.url !== null) return [next, storing(next, next.state, { sourceUrl: result.url, now })];
      const withoutUrl = state.polling.withoutUrl + 1;
      if (withoutUrl >= MAX_WITHOUT_URL) {
        const message = "The provider says that the job is completed but gives no video.";
        return [next, failed(next, { code: "provider_error", message }, now)];
      }
      return [inState(next, { ...next.state, polling: { ...next.state.polling, withoutUrl } })];
    }
    case "failed":
      return [failed(withWord(generation, state, result, calm(state.polling)), result, now)];
    case "missing": {
      const missing = state.polling.missing + 1;
      if (missing >= MAX_MISSING) {
        return [failed(generation, { code: "provider_error", message: "The provider does not know the job." }, now)];
      }
      return [withPolling(generation, state, { ...state.polling, missing })];
    }
    case "unavailable": {
      const failures = state.polling.failures + 1;
      const wait = respectful(backoff(POLL_BACKOFF, failures, moment.random), result.retryAfterMs, moment.random);
      const resumeSlot = Math.max(slot + 1, slotFrom(gridOf(generation, state.job), now + wait));
      const skippedSlots = state.polling.skippedSlots + (resumeSlot - slot - 1);
      return [withPolling(generation, state, { ...state.polling, failures, resumeSlot, skippedSlots })];
    }
  }
}

/** After a usable answer, all counters of bad ones start again. */
function calm(polling: Polling): Polling {
  const { failures, missing, withoutUrl } = polling;
  return failures + missing + withoutUrl === 0 ? polling : { ...polling, failures: 0, missing: 0, withoutUrl: 0 };
}

function startedNow(generation: Generation, now: number): Generation {
  return generation.state.phase === "waiting" ? started(generation, generation.state, now) : generation;
}

function withPolling(generation: Generation, state: Running, polling: Polling): Generation {
  return polling === state.polling ? generation : inState(generation, { ...state, polling });
}

/** With the provider's own word and price taken over, where they are news. */
function withWord(
  generation: Generation,
  state: Running,
  word: { status: string; credits: number | null },
  polling: Polling,
): Generation {
  const job = newsOf(state.job, word);
  return job === state.job && polling === state.polling ? generation : inState(generation, { ...state, job, polling });
}

function newsOf(job: ProviderJob, { status, credits }: { status: string; credits: number | null }): ProviderJob {
  const price = credits ?? job.credits;
  return status === job.status && price === job.credits ? job : { ...job, status, credits: price };
}

/** While storing, a poll has one purpose: a fresh URL in place of a dead one. */
export function refreshSettled(generation: Generation, result: PollResult, { now, random }: Moment): Generation {
  const { state } = generation;
  if (state.phase !== "storing" || state.sourceUrl !== null) return generation;
  const polls = state.polls + 1;
  if (result.kind === "done" && result.url !== null) {
    const job = newsOf(state.job, result);
    return inState(generation, {
      ...state,
      polls,
      job,
      sourceUrl: result.url,
      lastSourceUrl: result.url,
      notBefore: now,
    });
  }
  if (result.kind === "failed") return failed(generation, { code: "storage_failed", message: result.message }, now);
  const failures = state.failures + 1;
  const retryAfterMs = result.kind === "unavailable" ? result.retryAfterMs : null;
  const notBefore = now + respectful(backoff(POLL_BACKOFF, failures, random), retryAfterMs, random);
  return inState(generation, { ...state, polls, failures, notBefore });
}
