// The line of the provider key. What the provider refuses as one too many waits in line for its turn. The generation
// tells the line where it stands: an outbox, like report.ts. Without a refusal, nothing is told.

import { backoff, jittered } from "../backoff.ts";
import type { Standing } from "../queue/standing.ts";
import { cutText } from "../text.ts";
import type { Outcome } from "./action.ts";
import { atProvider } from "./at-provider.ts";
import type { RuntimeState, Timing } from "./context.ts";
import { withGeneration } from "./draft.ts";
import { queueTimeoutMs } from "./policy.ts";
import { type Generation, isTerminal, type StateOf } from "./record.ts";
import type { Rule } from "./rule.ts";
import { inState, lastTryAt, MAX_REASON_LENGTH, resubmitLater } from "./transitions.ts";

const QUEUE_BACKOFF = { firstMs: 1_000, mostMs: 60_000 };

/** How often a generation that waits asks again, in case the line has lost it. */
const ASK_AGAIN_MS = 5 * 60_000;

/** After this many reports without an answer, a generation tries by itself. */
const MAX_UNANSWERED = 3;

/** After this many, in about 25 minutes, a generation that has left says so no more: the line forgets it in the end. */
const MAX_FAREWELLS = 30;

/**
 * How much longer than its deadlines allow the line remembers a generation that never reports again. Covers the lookup
 * of a submission of unknown outcome.
 */
const MARGIN_MS = 15 * 60_000;

export const queue: Rule<"queue"> = {
  leaseMs: 10_000,

  entries({ generation }, runtime, now) {
    const { state, line } = generation;
    if (state.phase === "ready" && mustJoin(state, runtime)) {
      return [{ at: Math.max(state.notBefore, line?.notBefore ?? 0), action: actionOf(generation, "waiting") }];
    }
    const standing = standingOf(generation, runtime);
    if (line === undefined || standing === null) return [];
    if (standing !== "waiting" && standing === line.acknowledged) return [];
    // A new standing is told at once. Only repeated reports wait.
    const isNew = standing !== line.acknowledged && line.failures === 0;
    return [{ at: isNew ? Math.min(now, line.notBefore) : line.notBefore, action: actionOf(generation, standing) }];
  },

  /** From now on, the line may know of the generation: it must learn of the end even if its answer never arrives. */
  begin(generation, _, now) {
    if (generation.line !== undefined) return generation;
    return { ...generation, line: { acknowledged: null, failures: 0, notBefore: now } };
  },

  /**
   * The answer to whoever waits may come after the turn: it would then be about a refusal that is over, and waiting for
   * it would delay the next report. The report of an end follows the answer, because it must not arrive first.
   */
  isWanted: ({ report: { standing } }, { generation }) =>
    standing !== "waiting" || isWithoutTurn(generation) || isTerminal(generation),

  settle(draft, outcome, context) {
    return withGeneration(draft, afterAnswer(draft.generation, outcome, context));
  },
};

function actionOf(generation: Generation, standing: Standing) {
  const { state, line, version, policy, createdAt } = generation;
  const unreported = state.phase === "in-line" ? state.unreported : line?.unreported;
  const longestMs = queueTimeoutMs(policy) + policy.timeoutMs;
  return {
    kind: "queue",
    report: {
      version,
      standing,
      refusal: unreported ?? null,
      lastTryAt: lastTryAt(generation),
      until: createdAt + longestMs + MARGIN_MS,
    },
  } as const;
}

/** Whether a generation that could be submitted must ask the line first. */
export function mustJoin({ hasTurn }: StateOf<"ready">, { hasLine }: Pick<RuntimeState, "hasLine">): boolean {
  return hasLine && hasTurn !== true;
}

/**
 * Where a generation stands. After a cancel, its job may still hold a place.
 *
 * @returns null while that is open: it is about to be submitted, or the provider's answer is awaited.
 */
export function standingOf(generation: Generation, { running }: Pick<RuntimeState, "running">): Standing | null {
  switch (atProvider(generation).state.phase) {
    case "in-line":
      return "waiting";
    case "ready":
      return null;
    case "submitting":
      return running.has("submit") ? null : "unknown";
    case "reconciling":
      return "unknown";
    case "waiting":
    case "generating":
      return "running";
    default:
      return "left";
  }
}

/** Joins the line, or returns to it after another refusal. */
export function joined(
  generation: Generation,
  {
    tries,
    reason,
    ...unreported
  }: { tries: number; reason?: string | undefined } & Pick<StateOf<"in-line">, "unreported">,
  now: number,
): Generation {
  const refusal = reason === undefined ? {} : { refusal: cutText(reason, MAX_REASON_LENGTH) };
  const line = { acknowledged: null, failures: generation.line?.failures ?? 0, notBefore: now };
  return inState({ ...generation, line }, { phase: "in-line", tries, ...refusal, ...unreported });
}

/** After a submission that certainly made no job: returns to the line if the generation was there, or tries later. */
export function tryAgain(
  generation: Generation,
  { tries, reason }: { readonly tries: number; readonly reason?: string | undefined },
  timing: Timing,
): Generation {
  return generation.line === undefined
    ? resubmitLater(generation, { tries, reason }, timing)
    : joined(generation, { tries, reason }, timing.now);
}

function isWithoutTurn({ state }: Generation): boolean {
  return state.phase === "in-line" || (state.phase === "ready" && state.hasTurn !== true);
}

/** The line has granted a turn: the generation is submitted now. Does nothing unless it waits, in line or to try again. */
export function granted(generation: Generation, now: number): Generation {
  const { state } = generation;
  const isWaiting = state.phase === "in-line" || (state.phase === "ready" && (!state.hasTurn || state.notBefore > now));
  if (!isWaiting) return generation;
  const { tries, refusal } = state;
  const line = { acknowledged: "waiting", failures: 0, notBefore: now } as const;
  const last = refusal === undefined ? {} : { refusal };
  return inState({ ...generation, line }, { phase: "ready", tries, ...last, notBefore: now, hasTurn: true });
}

function afterAnswer(generation: Generation, { standing, result }: Outcome<"queue">, timing: Timing): Generation {
  const { state } = generation;
  const { now, random } = timing;
  switch (result.kind) {
    case "granted":
      return granted(generation, now);
    case "unavailable": {
      const failures = (generation.line?.failures ?? 0) + 1;
      if (standing === "left" && failures >= MAX_FAREWELLS) return withoutLine(generation);
      const notBefore = now + backoff(QUEUE_BACKOFF, failures, random);
      const line = { acknowledged: null, ...generation.line, failures, notBefore };
      const unanswered = { ...generation, line };
      const isWaiting = state.phase === "in-line" || state.phase === "ready";
      if (!isWaiting || failures < MAX_UNANSWERED) return unanswered;
      const { tries, refusal: reason } = state;
      const retryAfterMs = state.phase === "in-line" ? (state.unreported?.retryAfterMs ?? null) : null;
      return resubmitLater(unanswered, { tries, retryAfterMs, reason, hasTurn: true }, timing);
    }
    case "acknowledged": {
      if (standing === "left") return withoutLine(generation);
      if (standing !== "waiting") {
        return { ...generation, line: { acknowledged: standing, failures: 0, notBefore: now } };
      }
      const line = { acknowledged: standing, failures: 0, notBefore: now + jittered(ASK_AGAIN_MS, random) };
      if (state.phase === "ready") {
        const { tries, refusal: reason } = state;
        return { ...joined(generation, { tries, reason }, now), line };
      }
      if (state.phase !== "in-line" || state.unreported === undefined) return { ...generation, line };
      const { unreported: _, ...waiting } = state;
      return inState({ ...generation, line }, waiting);
    }
  }
}

function withoutLine({ line: _, ...generation }: Generation): Generation {
  return generation;
}
