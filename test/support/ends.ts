// Every way in which a generation can end, or after a cancel its job at the provider, each with its cost.

import type { PollResult, ReconcileResult, Settlement, SubmitResult } from "../../src/core/generation/action.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import { STORING_TIMEOUT_MS } from "../../src/core/generation/store.ts";
import type { Cost, Usage } from "../../src/core/money/usage.ts";
import { applied, changed, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "./lives.ts";

export const MINUTE = 60_000;
export const LATER = T0 + 2 * MINUTE;
export const ESTIMATE = 500_000;

/** What the provider states. */
export const stated = (usd: number | null, credits: number | null = null): Usage => ({ usd, credits });
export const NOTHING = stated(null);

export const running = (price: Usage = NOTHING): PollResult => ({
  ...{ kind: "running", started: true, status: "generating" },
  ...price,
});
export const done = (price: Usage = NOTHING, url: string | null = "https://cdn.example.com/v.mp4"): PollResult => ({
  ...{ kind: "done", url, status: "completed" },
  ...price,
});
export const failure = (price: Usage = NOTHING, isCharged = false): PollResult => ({
  ...{ kind: "failed", code: "provider_error", message: "broke", status: "error", isCharged },
  ...price,
});
export const accepted = (price: Usage = NOTHING): SubmitResult => ({
  ...{ kind: "accepted", jobId: "job-9", status: "queued" },
  ...price,
});
const BUSY: SubmitResult = { kind: "busy", retryAfterMs: null, message: "busy" };
export const LOST: SubmitResult = { kind: "unknown", message: "lost" };
const MISSING: PollResult = { kind: "missing" };
const UNAVAILABLE: PollResult = { kind: "unavailable", retryAfterMs: null, message: "503" };

export const canceled = (generation: Generation) => changed(generation, { kind: "canceled" }, T0 + 25_000).generation;
export const removed = (generation: Generation, now = T0 + MINUTE) =>
  changed(generation, { kind: "removed", requestId: "request-2" }, now).generation;

export const polled = (generation: Generation, ...results: PollResult[]) =>
  results.reduce((before, result) => applied(before, { kind: "poll", slot: 2, result }, LATER).generation, generation);

export const answered = (generation: Generation, result: SubmitResult) =>
  applied(generation, { kind: "submit", requestId: "r.1", result }, T0 + 40_000).generation;

export const looked = (generation: Generation, result: ReconcileResult) =>
  applied(generation, { kind: "reconcile", result }, T0 + 50_000).generation;

export const stored = (generation: Generation) => {
  const { video } = stateOf(inPhase("completed"), "completed");
  const result = { kind: "stored", video, link: { url: "https://example.com/v", expiresAt: null } } as const;
  return applied(generation, { kind: "store", result }, LATER).generation;
};
const notStored = (generation: Generation) =>
  applied(generation, { kind: "store", result: { kind: "rejected", message: "too large" } }, LATER).generation;

/** The generation after its deadlines until `at` have passed. */
export const expired = (generation: Generation, at: number) =>
  stepped(life(generation), { kind: "ensure" }, at, memory(1e9)).life?.generation ?? generation;

/** The last poll, at the deadline of the job. */
const atDeadline = (generation: Generation, result: PollResult) =>
  applied(generation, { kind: "poll", slot: 180, result }, LATER + TIMEOUT).generation;

const times = (result: PollResult, count: number): PollResult[] => Array.from({ length: count }, () => result);

/** Makes the generation with which an end begins: {@link inPhase}, with the facts that the test is about. */
export type Begin = typeof inPhase;

export interface End {
  readonly end: (begin: Begin) => Generation;
  readonly outcome: Settlement["outcome"];
  readonly cost: Cost;
}

/** The provider has stated nothing, but may have charged, so the estimate counts. */
const ESTIMATED: Cost = { ...NOTHING, spent: ESTIMATE };
const FREE: Cost = { ...NOTHING, spent: 0 };
const priced = (usd: number, credits: number | null = null): Cost => ({ ...stated(usd, credits), spent: usd });

const refusal = (code: Extract<SubmitResult, { kind: "refused" }>["code"]): [string, End] => [
  `refused with ${code}`,
  {
    end: (begin) => answered(begin("submitting"), { kind: "refused", code, message: "no" }),
    outcome: "failed",
    cost: FREE,
  },
];

const end = (outcome: End["outcome"], cost: Cost, how: End["end"]): End => ({ end: how, outcome, cost });

/** How a generation that is not canceled can end. */
export const ENDS: Readonly<Record<string, End>> = {
  ...Object.fromEntries(
    (["invalid_input", "moderated", "insufficient_credits", "provider_unauthorized", "provider_error"] as const).map(
      refusal,
    ),
  ),
  "busy until the deadline": end("failed", FREE, (begin) =>
    expired(begin("ready", { tries: 9, notBefore: T0 + 2 * TIMEOUT, refusal: "busy" }), T0 + TIMEOUT),
  ),
  "failed in the provider's log, then busy until the deadline": end("failed", FREE, (begin) =>
    expired(looked(begin("reconciling"), { kind: "failed" }), T0 + TIMEOUT),
  ),
  "submission unknown": end("failed", ESTIMATED, (begin) =>
    expired(looked(answered(begin("submitting"), LOST), { kind: "absent" }), T0 + TIMEOUT),
  ),
  "completed, nothing stated": end("completed", ESTIMATED, (begin) => stored(polled(begin("waiting"), done()))),
  "completed, credits stated": end("completed", { ...stated(null, 7), spent: ESTIMATE }, (begin) =>
    stored(polled(begin("waiting"), done(stated(null, 7)))),
  ),
  "completed, price stated at the end": end("completed", priced(390_000, 7), (begin) =>
    stored(polled(begin("waiting"), done(stated(390_000, 7)))),
  ),
  "completed, price stated with the submission": end("completed", priced(390_000), (begin) =>
    stored(polled(answered(begin("submitting"), accepted(stated(390_000))), done())),
  ),
  "completed, price changed at the end": end("completed", priced(400_000), (begin) =>
    stored(polled(begin("waiting"), running(stated(390_000)), done(stated(400_000)))),
  ),
  "completed, zero stated": end("completed", priced(0), (begin) => stored(polled(begin("waiting"), done(stated(0))))),
  "completed for credits, but no dollars": end("completed", { ...stated(0, 7), spent: ESTIMATE }, (begin) =>
    stored(polled(begin("waiting"), done(stated(0, 7)))),
  ),
  "completed after a zero while it ran": end("completed", ESTIMATED, (begin) =>
    stored(polled(answered(begin("submitting"), accepted(stated(0, 0))), running(stated(0, 0)), done())),
  ),
  "failed by the provider": end("failed", FREE, (begin) => polled(begin("generating"), failure())),
  "failed by the provider, zero stated": end("failed", priced(0), (begin) =>
    polled(begin("generating"), failure(stated(0))),
  ),
  "failed by the provider, price stated": end("failed", priced(200_000), (begin) =>
    polled(begin("generating"), failure(stated(200_000), true)),
  ),
  "failed by the provider, price stated before": end("failed", priced(200_000), (begin) =>
    polled(begin("generating"), running(stated(200_000)), failure()),
  ),
  "failed by the provider, price taken back": end("failed", priced(0), (begin) =>
    polled(begin("generating"), running(stated(200_000)), failure(stated(0))),
  ),
  "failed by the provider, credits stated": end("failed", { ...stated(null, 7), spent: ESTIMATE }, (begin) =>
    polled(begin("generating"), failure(stated(null, 7), true)),
  ),
  "failed by the provider, price unreadable": end("failed", ESTIMATED, (begin) =>
    polled(begin("generating"), failure(NOTHING, true)),
  ),
  "failed by the provider after it was done": end("failed", ESTIMATED, (begin) =>
    polled(begin("generating"), done(NOTHING, null), failure()),
  ),
  "failed by the provider after a zero while it ran": end("failed", FREE, (begin) =>
    polled(begin("generating"), running(stated(0, 0)), failure()),
  ),
  "no such job": end("failed", ESTIMATED, (begin) => polled(begin("generating"), ...times(MISSING, 6))),
  "no such job, price stated before": end("failed", priced(200_000), (begin) =>
    polled(begin("generating"), running(stated(200_000)), ...times(MISSING, 6)),
  ),
  "done without a link": end("failed", ESTIMATED, (begin) =>
    polled(begin("generating"), ...times(done(NOTHING, null), 6)),
  ),
  "done without a link, price stated": end("failed", priced(390_000), (begin) =>
    polled(begin("generating"), ...times(done(stated(390_000), null), 6)),
  ),
  "timed out while running": end("failed", ESTIMATED, (begin) => atDeadline(begin("generating"), running())),
  "timed out without an answer": end("failed", ESTIMATED, (begin) => atDeadline(begin("generating"), UNAVAILABLE)),
  "timed out, price stated": end("failed", priced(200_000), (begin) =>
    atDeadline(begin("generating"), running(stated(200_000))),
  ),
  "timed out, zero stated while it ran": end("failed", ESTIMATED, (begin) =>
    atDeadline(polled(begin("generating"), running(stated(0))), running(stated(0))),
  ),
  "failed at the deadline": end("failed", FREE, (begin) => atDeadline(begin("generating"), failure())),
  "storage failed": end("failed", ESTIMATED, (begin) => notStored(polled(begin("generating"), done()))),
  "storage failed, price stated": end("failed", priced(390_000), (begin) =>
    notStored(polled(begin("generating"), done(stated(390_000)))),
  ),
  "not stored within 24 hours": end("failed", ESTIMATED, (begin) =>
    expired(polled(begin("generating"), done()), LATER + STORING_TIMEOUT_MS),
  ),
  "storage failed, then called failed": end("failed", ESTIMATED, (begin) =>
    polled(begin("storing", { sourceUrl: null }), failure()),
  ),
  "storage failed, then called failed, price stated": end("failed", priced(200_000), (begin) =>
    polled(begin("storing", { sourceUrl: null }), failure(stated(200_000), true)),
  ),
  "storage failed, then called failed, zero stated": end("failed", priced(0), (begin) =>
    polled(begin("storing", { sourceUrl: null }), failure(stated(0))),
  ),
  "stored from a fresh link, price stated with it": end("completed", priced(390_000), (begin) =>
    stored(polled(begin("storing", { sourceUrl: null }), done(stated(390_000)))),
  ),
  "canceled before it was sent": end("canceled", FREE, (begin) => canceled(begin("ready"))),
  "canceled after it was refused as busy": end("canceled", FREE, (begin) =>
    canceled(answered(begin("submitting"), BUSY)),
  ),
  "canceled while its video was stored": end("canceled", ESTIMATED, (begin) =>
    canceled(polled(begin("generating"), done())),
  ),
  "canceled while its video was stored, price stated": end("canceled", priced(390_000), (begin) =>
    canceled(polled(begin("generating"), done(stated(390_000)))),
  ),
};

export interface LeftoverEnd {
  readonly begun: (begin: Begin) => Generation;
  readonly ended: (canceled: Generation) => Generation;
  readonly cost: Cost;
}

const leftover = (
  phase: "submitting" | "reconciling" | "waiting" | "generating",
  cost: Cost,
  ended: LeftoverEnd["ended"],
): LeftoverEnd => ({ begun: (begin) => begin(phase), ended, cost });

/** How the provider's job or submission can end after a cancel. */
export const LEFTOVER_ENDS: Readonly<Record<string, LeftoverEnd>> = {
  "refused for good": leftover("submitting", FREE, (each) =>
    answered(each, { kind: "refused", code: "invalid_input", message: "no" }),
  ),
  "refused as busy": leftover("submitting", FREE, (each) => answered(each, BUSY)),
  "refused as busy while it was looked up": leftover("reconciling", FREE, (each) => answered(each, BUSY)),
  "failed in the provider's log": leftover("reconciling", FREE, (each) => looked(each, { kind: "failed" })),
  "never found": leftover("submitting", ESTIMATED, (each) =>
    expired(looked(answered(each, LOST), { kind: "absent" }), T0 + TIMEOUT),
  ),
  "accepted late, done": leftover("submitting", ESTIMATED, (each) => polled(answered(each, accepted()), done())),
  "accepted late with a price, failed": leftover("submitting", priced(200_000), (each) =>
    polled(answered(each, accepted(stated(200_000))), failure()),
  ),
  "accepted late, failed": leftover("submitting", FREE, (each) => polled(answered(each, accepted()), failure())),
  "found, done with a price": leftover("reconciling", priced(390_000, 7), (each) =>
    polled(looked(each, { kind: "found", jobId: "job-9" }), done(stated(390_000, 7))),
  ),
  "waiting, done": leftover("waiting", ESTIMATED, (each) => polled(each, done())),
  "waiting, failed": leftover("waiting", FREE, (each) => polled(each, failure())),
  "generating, done": leftover("generating", ESTIMATED, (each) => polled(each, done())),
  "generating, done with credits": leftover("generating", { ...stated(null, 7), spent: ESTIMATE }, (each) =>
    polled(each, done(stated(null, 7))),
  ),
  "generating, done with a price": leftover("generating", priced(390_000), (each) =>
    polled(each, done(stated(390_000))),
  ),
  "generating, price stated while it ran": leftover("generating", priced(390_000), (each) =>
    polled(each, running(stated(390_000)), done()),
  ),
  "generating, done after a zero while it ran": leftover("generating", ESTIMATED, (each) =>
    polled(each, running(stated(0)), done()),
  ),
  "generating, failed": leftover("generating", FREE, (each) => polled(each, failure())),
  "generating, failed with a price": leftover("generating", priced(200_000), (each) =>
    polled(each, failure(stated(200_000), true)),
  ),
  "generating, failed with an unreadable price": leftover("generating", ESTIMATED, (each) =>
    polled(each, failure(NOTHING, true)),
  ),
  "generating, no such job": leftover("generating", ESTIMATED, (each) => polled(each, ...times(MISSING, 6))),
  "generating, done without a link": leftover("generating", ESTIMATED, (each) =>
    polled(each, ...times(done(NOTHING, null), 6)),
  ),
  "generating, running at the deadline": leftover("generating", ESTIMATED, (each) => atDeadline(each, running())),
  "generating, no answer at the deadline": leftover("generating", ESTIMATED, (each) => atDeadline(each, UNAVAILABLE)),
  "generating, price stated at the deadline": leftover("generating", priced(200_000), (each) =>
    atDeadline(each, running(stated(200_000))),
  ),
  "called done before the cancel, then failed": {
    begun: (begin) => polled(begin("generating"), done(NOTHING, null)),
    ended: (each) => polled(each, failure()),
    cost: ESTIMATED,
  },
  "price stated before the cancel, then failed": {
    begun: (begin) => polled(begin("generating"), running(stated(200_000))),
    ended: (each) => polled(each, failure()),
    cost: priced(200_000),
  },
};
