import { describe, expect, it } from "vitest";
import type { PollResult, SubmitResult } from "../../../src/core/generation/action.ts";
import { dueActions, isSettled, nextWake } from "../../../src/core/generation/agenda.ts";
import { isUndecided } from "../../../src/core/generation/at-provider.ts";
import { type Generation, isInFlight, type Phase, publicStatus } from "../../../src/core/generation/record.ts";
import { TOMBSTONE_MS } from "../../../src/core/generation/removal.ts";
import { report } from "../../../src/core/generation/report.ts";
import { eventData } from "../../../src/core/generation/view.ts";
import { applied, changed, FACTS, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

const MINUTE = 60_000;

const canceled = (phase: Phase, at = T0 + 25_000) => changed(inPhase(phase), { kind: "canceled" }, at).generation;
const removed = (generation: Generation, now: number) =>
  changed(generation, { kind: "removed", requestId: "request-2" }, now).generation;

function polled(generation: Generation, result: PollResult, now = T0 + 2 * MINUTE, slot = 2) {
  return changed(generation, { kind: "outcome", outcome: { kind: "poll", slot, result }, isStale: false }, now);
}

function answered(generation: Generation, result: SubmitResult, now = T0 + 40_000) {
  const outcome = { kind: "submit", requestId: "r.1", result } as const;
  return changed(generation, { kind: "outcome", outcome, isStale: false }, now).generation;
}

/** The account has acknowledged everything. */
function known(generation: Generation): Generation {
  const acknowledged = generation.deletedAt === null ? publicStatus(generation) : "deleted";
  return { ...generation, unresolved: [], report: { ...generation.report, acknowledged } };
}

const summaryOf = (generation: Generation, now = T0 + MINUTE) => {
  const [due] = report.entries(life(generation), memory(), now);
  return due?.action.summary ?? null;
};

const pollsDue = (generation: Generation, polledSlot: number, now: number) =>
  dueActions(life(generation), memory(polledSlot), now).filter(({ kind }) => kind === "poll");

/** What callers see, apart from the price. */
const shown = (generation: Generation) => ({
  ...eventData(generation, { now: T0 + 10 * MINUTE, link: null }),
  usage: null,
});

const RUNNING = { kind: "running", started: true, status: "generating", credits: null, usd: null } as const;
const DONE = {
  kind: "done",
  url: "https://cdn.example.com/v.mp4",
  status: "completed",
  credits: 120_000,
  usd: null,
} as const;
const UNAVAILABLE = { kind: "unavailable", retryAfterMs: null, message: "503" } as const;

describe("audit 11: a canceled generation", () => {
  it.each([
    ["ready", false],
    ["submitting", true],
    ["reconciling", true],
    ["waiting", true],
    ["generating", true],
    ["storing", false],
  ] as const)("that was %s before: whether it holds its place is %s", (phase, holds) => {
    const generation = canceled(phase);
    expect(isInFlight(generation)).toBe(holds);
    expect(summaryOf(generation)).toMatchObject({ status: "canceled", inFlight: holds });
    expect(isSettled(life({ ...known(generation), purgeAt: null }))).toBe(!holds);
  });

  it.each(["submitting", "waiting", "generating"] as const)("of the sandbox holds no place (%s)", (phase) => {
    const generation = inPhase(phase, {}, { provider: "sandbox", scope: { ...FACTS.scope, mode: "test" } });
    expect(isInFlight(changed(generation, { kind: "canceled" }, T0 + 1).generation)).toBe(false);
  });

  it("is polled once a minute", () => {
    const generation = canceled("generating");
    expect(pollsDue(generation, 0, T0 + MINUTE - 1)).toEqual([]);
    expect(pollsDue(generation, 0, T0 + MINUTE)).toEqual([{ kind: "poll", jobId: "job-1", slot: 1 }]);
    expect(nextWake(life(generation), memory(1), T0 + MINUTE + 1)).toBe(T0 + 2 * MINUTE);
    const outcome = { kind: "poll", slot: 1, result: RUNNING } as const;
    const quiet = life(known(generation));
    const after = stepped(quiet, { kind: "outcome", outcome, isStale: false }, T0 + MINUTE + 5, memory(1));
    expect([after.wakeAt, after.changes.generation]).toEqual([T0 + 2 * MINUTE, null]);
  });

  it("is polled no more often than before if its interval is longer than a minute", () => {
    const policy = { ...FACTS.policy, pollIntervalMs: 5 * MINUTE };
    const generation = changed(inPhase("generating", {}, { policy }), { kind: "canceled" }, T0 + 1).generation;
    expect(nextWake(life(generation), memory(), T0 + 1_000)).toBe(T0 + 5 * MINUTE);
  });

  it("counts slots anew after the cancel, so that a poll sent before does not postpone the next one", () => {
    // The grid before the cancel had 30 slots in five minutes.
    const { generation } = polled(canceled("generating"), UNAVAILABLE, T0 + 5 * MINUTE + 1, 30);
    expect(pollsDue(generation, 5, T0 + 6 * MINUTE)).toHaveLength(1);
    const { polledSlot } = stepped(life(generation), { kind: "ensure" }, T0 + 5 * MINUTE + 2, memory(30));
    expect(polledSlot).toBe(5);
  });

  it.each<[string, PollResult, number]>([
    ["is done", DONE, 120_000],
    ["has failed", { kind: "failed", code: "moderated", message: "no", status: "error", credits: 7, usd: null }, 7],
  ])("gives its place back once its job %s, and shows only its price", (_, result, credits) => {
    const before = canceled("generating");
    const { generation, events } = polled(before, result);
    expect(events).toEqual([]);
    expect(isInFlight(generation)).toBe(false);
    expect(eventData(generation, { now: T0, link: null }).usage).toEqual({ credits, usd: null });
    expect(shown(generation)).toEqual(shown(before));
  });

  it("reports the end of its job, although its status has been acknowledged", () => {
    const before = known(canceled("generating"));
    expect(summaryOf(before)).toBeNull();
    const { generation } = polled(before, DONE);
    expect(summaryOf(generation)).toMatchObject({ status: "canceled", inFlight: false });
    expect(summaryOf(generation)?.version).toBeGreaterThan(before.version);
  });

  it("reports the end of its job once more if it ends while an earlier report is under way", () => {
    const before = canceled("generating");
    const { generation: ended } = polled(before, DONE);
    const result = { kind: "done", endpoints: { "generation.canceled": [] }, rotation: ended.rotation } as const;
    const told = (version: number) => ({ kind: "report", status: "canceled", version, result }) as const;
    const earlier = applied(ended, told(before.version)).generation;
    expect(summaryOf(earlier)).toMatchObject({ inFlight: false, version: ended.version });
    expect(summaryOf(applied(earlier, told(ended.version)).generation)).toBeNull();
  });

  it("shows a price that is named before the end", () => {
    const { generation } = polled(canceled("waiting"), { ...RUNNING, credits: 5, usd: null });
    expect(isInFlight(generation)).toBe(true);
    expect(eventData(generation, { now: T0, link: null }).usage).toEqual({ credits: 5, usd: null });
  });

  it.each<[string, PollResult]>([
    ["running", RUNNING],
    ["unavailable", UNAVAILABLE],
  ])("gives its place back at the deadline of its job, even if the last poll finds it %s", (_, result) => {
    const generation = canceled("generating");
    expect(nextWake(life(generation), memory(29), T0 + TIMEOUT - 1)).toBe(T0 + TIMEOUT);
    expect(isInFlight(polled(generation, result, T0 + TIMEOUT - 1).generation)).toBe(true);
    expect(isInFlight(polled(generation, result, T0 + TIMEOUT).generation)).toBe(false);
  });

  it("takes the answer to its submission, and follows the job", () => {
    const before = canceled("submitting");
    expect(isUndecided(before)).toBe(true);
    const generation = answered(before, {
      kind: "accepted",
      jobId: "job-9",
      status: "queued",
      credits: null,
      usd: null,
    });
    expect(isInFlight(generation)).toBe(true);
    expect(stateOf(generation, "canceled").job?.id).toBe("job-9");
    expect(pollsDue(generation, 0, T0 + 40_000 + MINUTE)).toEqual([{ kind: "poll", jobId: "job-9", slot: 1 }]);
    expect(isInFlight(polled(generation, DONE).generation)).toBe(false);
  });

  it.each<[string, SubmitResult]>([
    ["refused", { kind: "refused", code: "invalid_input", message: "no" }],
    ["refused for now", { kind: "busy", retryAfterMs: null, message: "busy" }],
  ])("gives its place back if its submission is %s, and does not submit again", (_, result) => {
    const generation = answered(canceled("submitting"), result);
    expect(isInFlight(generation)).toBe(false);
    expect(dueActions(life(generation), memory(), T0 + 1e9).map(({ kind }) => kind)).toEqual(["report"]);
    expect(stateOf(generation, "canceled").error.code).toBe("canceled");
  });

  it("looks a lost submission up until its deadline", () => {
    const lost = answered(canceled("submitting"), { kind: "unknown", message: "timeout" });
    const kinds = dueActions(life(lost), memory(), T0 + MINUTE).map(({ kind }) => kind);
    expect(kinds).toContain("reconcile");
    const absent = { kind: "reconcile", result: { kind: "absent" } } as const;
    const looked = changed(lost, { kind: "outcome", outcome: absent, isStale: false }, T0 + MINUTE).generation;
    expect(isInFlight(looked)).toBe(true);
    const { generation, events } = changed(looked, { kind: "ensure" }, T0 + TIMEOUT - 1);
    expect([isInFlight(generation), events]).toEqual([true, []]);
    const after = stepped(life(looked), { kind: "ensure" }, T0 + TIMEOUT).life?.generation ?? looked;
    expect(isInFlight(after)).toBe(false);
    expect(after.unresolved).toEqual(looked.unresolved);
    const found = { kind: "reconcile", result: { kind: "found", jobId: "job-9" } } as const;
    const followed = changed(looked, { kind: "outcome", outcome: found, isStale: false }, T0 + 2 * MINUTE).generation;
    expect(pollsDue(followed, 0, T0 + 4 * MINUTE)).toHaveLength(1);
  });

  it("keeps its place after a deletion, and its tombstone until its job has ended", () => {
    const tombstone = removed(canceled("generating"), T0 + MINUTE);
    expect(summaryOf(tombstone)).toMatchObject({ status: "deleted", inFlight: true });
    expect(pollsDue(tombstone, 0, T0 + 2 * MINUTE)).toHaveLength(1);
    const kept = { ...known(tombstone), purgeAt: null };
    const running = stepped(life(kept), { kind: "ensure" }, T0 + MINUTE + TOMBSTONE_MS, memory(1e9, "poll"));
    expect(running.life).not.toBeNull();
    const { generation } = polled(kept, DONE);
    expect(summaryOf(generation)).toMatchObject({ status: "deleted", inFlight: false });
    expect(JSON.stringify(generation)).not.toContain("job-1");
    expect(stepped(life(known(generation)), { kind: "ensure" }, T0 + MINUTE + TOMBSTONE_MS).life).toBeNull();
  });
});
