import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/core/generation/action.ts";
import { dueActions } from "../../../src/core/generation/agenda.ts";
import { isUnchanged } from "../../../src/core/generation/changes.ts";
import type { RuntimeState } from "../../../src/core/generation/context.ts";
import type { Generation, Phase } from "../../../src/core/generation/record.ts";
import { STORING_TIMEOUT_MS } from "../../../src/core/generation/store.ts";
import { applied, changed, FACTS, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

/** What time alone makes of it. */
function expire(generation: Generation, remembered: RuntimeState, now: number) {
  const after = stepped(life(generation), { kind: "ensure" }, now, remembered).life?.generation ?? generation;
  return { generation: after, events: after.unresolved };
}

type OwnOutcome = Exclude<Outcome, { kind: "deliver" }>;

const cancel = (generation: Generation, now: number) => changed(generation, { kind: "canceled" }, now);

describe("an outcome that comes too late", () => {
  const outcomes: OwnOutcome[] = [
    { kind: "submit", requestId: "r.1", result: { kind: "accepted", jobId: "j", status: "queued", credits: null } },
    { kind: "reconcile", result: { kind: "found", jobId: "j" } },
    { kind: "poll", slot: 1, result: { kind: "done", url: "https://x/", status: "completed", credits: null } },
    { kind: "store", result: { kind: "gone", message: "" } },
    { kind: "delete-input", result: { kind: "done" } },
  ];
  const ends: Phase[] = ["completed", "failed", "canceled"];
  it.each(ends.flatMap((phase) => outcomes.map((outcome) => [phase, outcome] as const)))(
    "changes nothing once %s (%j)",
    (phase, outcome) => {
      const generation = inPhase(phase);
      expect(applied(generation, outcome)).toEqual({ generation, events: [] });
    },
  );
});

describe("a new generation", () => {
  it("is submitted, however long its request took", () => {
    const { life: after, actions } = stepped(
      null,
      { kind: "created", facts: FACTS, stagedKey: null },
      T0 + TIMEOUT + 1,
    );
    expect(after?.generation.state.phase).toBe("submitting");
    expect(actions.map(({ kind }) => kind)).toEqual(["submit", "report"]);
  });

  it("is made by nothing but its request", () => {
    const { life: after, changes, actions, wakeAt } = stepped(null, { kind: "alarm", scheduledFor: T0 }, T0);
    expect([after, isUnchanged(changes), actions, wakeAt]).toEqual([null, true, [], null]);
  });
});

describe("deadlines", () => {
  it.each([
    [inPhase("ready", { notBefore: T0 + 1e9 }), "The provider did not accept the job within 1800 s."],
    [inPhase("storing"), "The video could not be copied within 24 hours."],
  ])("say what ran out", (generation, message) => {
    const { generation: ended } = expire(generation, memory(), T0 + 30_000 + STORING_TIMEOUT_MS);
    expect(stateOf(ended, "failed").error.message).toBe(message);
  });

  it.each<[string, Generation, number, string | null]>([
    ["not accepted in time", inPhase("ready", { notBefore: T0 + 1e9 }), T0 + TIMEOUT, "timed_out"],
    ["a moment earlier", inPhase("ready", { notBefore: T0 + 1e9 }), T0 + TIMEOUT - 1, null],
    ["still unknown", inPhase("reconciling", { checks: 3 }), T0 + TIMEOUT, "submission_unknown"],
    ["still unknown, never asked for", inPhase("reconciling", { checks: 0 }), T0 + TIMEOUT, null],
    ["sent and not answered", inPhase("submitting"), T0 + TIMEOUT, null],
    ["running: its last poll decides", inPhase("generating"), T0 + TIMEOUT, null],
    ["copying for a day", inPhase("storing"), T0 + 30_000 + STORING_TIMEOUT_MS, "storage_failed"],
    ["copying beyond the job's deadline", inPhase("storing"), T0 + TIMEOUT * 2, null],
    ["completed", inPhase("completed"), T0 + 1e12, null],
  ])("%s", (_, generation, now, expected) => {
    const { generation: ended, events } = expire(generation, memory(), now);
    if (expected === null) expect(ended).toBe(generation);
    else {
      expect(stateOf(ended, "failed").error.code).toBe(expected);
      expect(events.map(({ type }) => type)).toEqual(["generation.failed"]);
    }
  });
});

describe("cancel", () => {
  it.each(["ready", "submitting", "reconciling", "waiting", "generating", "storing"] as const)(
    "ends a generation that is %s, at once and for good",
    (phase) => {
      const { generation, events } = cancel(inPhase(phase), T0 + 5);
      expect(stateOf(generation, "canceled")).toMatchObject({ finishedAt: T0 + 5, error: { code: "canceled" } });
      expect(events.map(({ type }) => type)).toEqual(["generation.canceled"]);
      const kinds = dueActions(life(generation), memory(), T0 + 1e9).map(({ kind }) => kind);
      expect(kinds).toEqual(phase === "storing" ? ["report", "purge"] : ["report"]);
    },
  );

  it.each([
    ["ready", /nothing will be billed/],
    ["submitting", /may still finish there and be billed/],
    ["generating", /may still finish there and be billed/],
  ] as const)("of one that is %s is honest about the bill", (phase, message) => {
    expect(stateOf(cancel(inPhase(phase), T0).generation, "canceled").error.message).toMatch(message);
  });

  it.each(["completed", "failed", "canceled"] as const)("changes nothing once %s", (phase) => {
    const generation = inPhase(phase);
    expect(cancel(generation, T0)).toEqual({ generation, events: [] });
  });
});
