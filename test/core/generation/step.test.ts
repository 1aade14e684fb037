import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/core/generation/action.ts";
import { dueActions } from "../../../src/core/generation/agenda.ts";
import { isUnchanged } from "../../../src/core/generation/changes.ts";
import type { RuntimeState } from "../../../src/core/generation/context.ts";
import type { Generation, Phase } from "../../../src/core/generation/record.ts";
import { STORING_TIMEOUT_MS } from "../../../src/core/generation/store.ts";
import { applied, changed, FACTS, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

/** Runs a step in which only time has passed. */
function expire(generation: Generation, remembered: RuntimeState, now: number) {
  const after = stepped(life(generation), { kind: "ensure" }, now, remembered).life?.generation ?? generation;
  return { generation: after, events: after.unresolved };
}

type OwnOutcome = Exclude<Outcome, { kind: "deliver" }>;

const cancel = (generation: Generation, now: number) => changed(generation, { kind: "canceled" }, now);

describe("a late outcome", () => {
  const outcomes: OwnOutcome[] = [
    {
      kind: "submit",
      requestId: "r.1",
      result: { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null },
    },
    { kind: "reconcile", result: { kind: "found", jobId: "j" } },
    {
      kind: "poll",
      slot: 1,
      result: { kind: "done", url: "https://x/", status: "completed", credits: null, usd: null },
    },
    { kind: "store", result: { kind: "gone", message: "" } },
    { kind: "delete-input", result: { kind: "done" } },
  ];
  const ends: Phase[] = ["completed", "failed", "canceled"];
  it.each(ends.flatMap((phase) => outcomes.map((outcome) => [phase, outcome] as const)))(
    "changes nothing once the generation is %s (%j)",
    (phase, outcome) => {
      const generation = inPhase(phase);
      expect(applied(generation, outcome)).toEqual({ generation, events: [] });
    },
  );
});

describe("a new generation", () => {
  it("is submitted even if its request took longer than the timeout", () => {
    const { life: after, actions } = stepped(
      null,
      { kind: "created", facts: FACTS, stagedKey: null },
      T0 + TIMEOUT + 1,
    );
    expect(after?.generation.state.phase).toBe("submitting");
    expect(actions.map(({ kind }) => kind)).toEqual(["submit", "report"]);
  });

  it("is created only by its request", () => {
    const { life: after, changes, actions, wakeAt } = stepped(null, { kind: "alarm", scheduledFor: T0 }, T0);
    expect([after, isUnchanged(changes), actions, wakeAt]).toEqual([null, true, [], null]);
  });
});

describe("deadlines", () => {
  it.each([
    [inPhase("ready", { notBefore: T0 + 1e9 }), "The provider did not accept the job within 1800 s."],
    [inPhase("storing"), "The video could not be copied within 24 hours."],
  ])("name the limit that was exceeded", (generation, message) => {
    const { generation: ended } = expire(generation, memory(), T0 + 30_000 + STORING_TIMEOUT_MS);
    expect(stateOf(ended, "failed").error.message).toBe(message);
  });

  it.each<[string, Generation, number, string | null]>([
    ["fail a job that was not accepted", inPhase("ready", { notBefore: T0 + 1e9 }), T0 + TIMEOUT, "timed_out"],
    ["do not fail it a millisecond earlier", inPhase("ready", { notBefore: T0 + 1e9 }), T0 + TIMEOUT - 1, null],
    ["fail a submission of unknown outcome", inPhase("reconciling", { checks: 3 }), T0 + TIMEOUT, "submission_unknown"],
    ["do not fail it before a log lookup", inPhase("reconciling", { checks: 0 }), T0 + TIMEOUT, null],
    ["do not fail a submission that is not answered yet", inPhase("submitting"), T0 + TIMEOUT, null],
    ["leave a running job to its last poll", inPhase("generating"), T0 + TIMEOUT, null],
    ["fail a copy after a day", inPhase("storing"), T0 + 30_000 + STORING_TIMEOUT_MS, "storage_failed"],
    ["do not apply the job's deadline to a copy", inPhase("storing"), T0 + TIMEOUT * 2, null],
    ["do not change a completed generation", inPhase("completed"), T0 + 1e12, null],
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
    "immediately ends a generation that is %s",
    (phase) => {
      const { generation, events } = cancel(inPhase(phase), T0 + 5);
      expect(stateOf(generation, "canceled")).toMatchObject({ finishedAt: T0 + 5, error: { code: "canceled" } });
      expect(events.map(({ type }) => type)).toEqual(["generation.canceled"]);
      const kinds = dueActions(life(generation), memory(), T0 + 1e9).map(({ kind }) => kind);
      // What the provider may still work on is followed to its end (at-provider.ts).
      const others = { ready: [], submitting: ["reconcile"], reconciling: ["reconcile"], storing: ["purge"] };
      const expected = ["report", ...(phase in others ? others[phase as keyof typeof others] : ["poll"])];
      expect(kinds.sort()).toEqual(expected.sort());
    },
  );

  it.each([
    ["ready", /nothing will be billed/],
    ["submitting", /may still finish there and be billed/],
    ["generating", /may still finish there and be billed/],
  ] as const)("says whether a generation that is %s may be billed", (phase, message) => {
    expect(stateOf(cancel(inPhase(phase), T0).generation, "canceled").error.message).toMatch(message);
  });

  it.each(["completed", "failed", "canceled"] as const)("changes nothing once the generation is %s", (phase) => {
    const generation = inPhase(phase);
    expect(cancel(generation, T0)).toEqual({ generation, events: [] });
  });
});
