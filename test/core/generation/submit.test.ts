import { describe, expect, it } from "vitest";
import type { Action } from "../../../src/core/generation/action.ts";
import { dueActions, nextWake } from "../../../src/core/generation/agenda.ts";
import type { RuntimeState } from "../../../src/core/generation/context.ts";
import type { Generation } from "../../../src/core/generation/record.ts";
import { applied, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

const kindsDue = (generation: Generation, now: number, remembered = memory()) =>
  dueActions(life(generation), remembered, now).map(({ kind }) => kind);

/** Runs a step in which only time has passed. */
function expire(generation: Generation, remembered: RuntimeState, now: number) {
  const after = stepped(life(generation), { kind: "ensure" }, now, remembered).life?.generation ?? generation;
  return { generation: after, events: after.unresolved };
}

describe("a submission", () => {
  it("is saved as sent before it leaves, with a new request id for each try", () => {
    const {
      life: marked,
      changes,
      actions: [first],
    } = stepped(life(inPhase("ready")), { kind: "ensure" }, T0);
    if (first === undefined || marked === null) throw new Error("nothing due");
    const sent = marked.generation;
    expect(changes).toMatchObject({ generation: sent, mayWait: false });
    expect(sent.state).toMatchObject({ phase: "submitting", tries: 1, sentAt: T0 });
    const refused = applied(sent, {
      kind: "submit",
      requestId: stateOf(sent, "submitting").requestId,
      result: { kind: "unsent", message: "" },
    });
    const [second] = dueActions(life(refused.generation), memory(), T0 + TIMEOUT);
    const ids = [first, second].map((action) => action?.kind === "submit" && action.requestId);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
  });

  it("moves the generation to waiting when it is accepted", () => {
    const result = { kind: "accepted", jobId: "j", status: "queued", credits: 5, usd: null } as const;
    const { generation, events } = applied(inPhase("submitting"), { kind: "submit", requestId: "r.1", result });
    expect(stateOf(generation, "waiting").job).toEqual({
      id: "j",
      status: "queued",
      acceptedAt: T0 + 1_000,
      polledFrom: T0,
      credits: 5,
      usd: null,
    });
    expect(events).toEqual([]);
  });

  it.each([
    ["longer than an interval", 10_000],
    ["back in time, because the clock was set back", -1],
  ])("starts the grid of its polls at the acceptance if that took %s", (_, tookMs) => {
    const result = { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null } as const;
    const submitting = inPhase("submitting", { sentAt: T0 + 1_000 - tookMs });
    const { generation } = applied(submitting, { kind: "submit", requestId: "r.1", result });
    expect(stateOf(generation, "waiting").job.polledFrom).toBeUndefined();
  });

  it("fails the generation with the provider's reason when it is refused", () => {
    const result = { kind: "refused", code: "invalid_input", message: "too long" } as const;
    const { generation, events } = applied(inPhase("submitting"), { kind: "submit", requestId: "r.1", result });
    expect(stateOf(generation, "failed").error).toEqual({
      code: "invalid_input",
      message: "too long",
      retryable: false,
    });
    expect(events.map(({ type }) => type)).toEqual(["generation.failed"]);
  });

  it.each([
    [1, 2_000],
    [2, 4_000],
    [9, 60_000],
  ])("is retried when it could not be sent: try %i, wait %i ms", (tries, wait) => {
    const result = { kind: "unsent", message: "R2 is down" } as const;
    const { generation } = applied(inPhase("submitting", { tries }), { kind: "submit", requestId: "r.1", result });
    expect(generation.state).toEqual({ phase: "ready", tries, notBefore: T0 + 1_000 + wait, refusal: "R2 is down" });
  });

  it("is looked up, and never sent again, when its outcome is unknown", () => {
    const { generation } = applied(inPhase("submitting"), {
      kind: "submit",
      requestId: "r.1",
      result: { kind: "unknown", message: "" },
    });
    expect(generation.state).toMatchObject({ phase: "reconciling", requestId: "r.1", checks: 0 });
    for (let now = T0; now < T0 + TIMEOUT; now += 1_000) expect(kindsDue(generation, now)).not.toContain("submit");
  });

  it("is decided by its own late answer during the lookup, but not by another try's answer", () => {
    const result = { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null } as const;
    const looking = inPhase("reconciling");
    expect(applied(looking, { kind: "submit", requestId: "r.1", result }).generation.state.phase).toBe("waiting");
    expect(applied(looking, { kind: "submit", requestId: "r.0", result }).generation).toBe(looking);
    const lost = { kind: "unknown", message: "full" } as const;
    expect(applied(looking, { kind: "submit", requestId: "r.1", result: lost }).generation).toBe(looking);
  });

  it("is looked up no further once its late answer has come, so that the lookup cannot decide the next try", () => {
    const lookup: Action = { kind: "reconcile", requestId: "r.1", sentAt: T0 };
    const running = new Map([[lookup.kind, { action: lookup, begunAt: T0 + 70_000, lastProgressAt: T0 + 70_000 }]]);
    const looking = life(inPhase("reconciling"));
    const quiet = stepped(looking, { kind: "ensure" }, T0 + 75_000, { polledSlot: 0, running });
    expect(quiet.aborted).toEqual([]);
    const result = { kind: "busy", retryAfterMs: null, message: "full" } as const;
    const answer = { kind: "submit", requestId: "r.1", result } as const;
    const input = { kind: "outcome", outcome: answer, isStale: true } as const;
    const answered = stepped(looking, input, T0 + 75_000, { polledSlot: 0, running });
    expect(answered.life?.generation.state).toMatchObject({ phase: "in-line", tries: 1 });
    // Its outcome is stale from now on.
    expect(answered.aborted).toEqual(["reconcile"]);
  });

  it("is looked up for ten minutes from sending, even past the deadline, because log rows appear late", () => {
    const sentAt = T0 + TIMEOUT - 1_000;
    const looking = inPhase("reconciling", { sentAt, checks: 3 });
    const end = sentAt + 10 * 60_000;
    expect(expire(looking, memory(), end - 1).generation).toBe(looking);
    expect(nextWake(life(looking), memory(), end - 1)).toBe(end);
    expect(expire(looking, memory(0, "reconcile"), end).generation).toBe(looking);
    expect(stateOf(expire(looking, memory(), end).generation, "failed").error.code).toBe("submission_unknown");
  });

  it.each(["submitting", "reconciling"] as const)(
    "counts as accepted when it is found in the provider's log while %s",
    (phase) => {
      const { generation } = applied(inPhase(phase), { kind: "reconcile", result: { kind: "found", jobId: "j" } });
      expect(stateOf(generation, "waiting").job).toMatchObject({ id: "j", acceptedAt: T0 + 1_000 });
    },
  );

  it("is sent again when the provider's log says that it failed", () => {
    const { generation } = applied(inPhase("reconciling"), { kind: "reconcile", result: { kind: "failed" } });
    expect(generation.state).toMatchObject({ phase: "ready", tries: 1 });
  });

  it.each([{ kind: "absent" }, { kind: "unavailable", retryAfterMs: null, message: "" }] as const)(
    "is looked up again with backoff when the log's answer is: $kind",
    (result) => {
      const once = applied(inPhase("reconciling"), { kind: "reconcile", result }).generation;
      const twice = applied(once, { kind: "reconcile", result }).generation;
      expect(stateOf(once, "reconciling")).toMatchObject({ checks: 1, notBefore: T0 + 1_000 + 5_000 });
      expect(stateOf(twice, "reconciling")).toMatchObject({ checks: 2, notBefore: T0 + 1_000 + 10_000 });
    },
  );
});
