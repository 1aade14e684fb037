// The rules of a generation's life, as tables: a state, a time, and what must be due or become of it.

import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/core/generation/action.ts";
import { dueActions, isSettled, nextWake } from "../../../src/core/generation/agenda.ts";
import type { Memory } from "../../../src/core/generation/context.ts";
import { MAX_DELIVERIES_AT_ONCE } from "../../../src/core/generation/deliver.ts";
import { type Generation, type Phase, UNKNOWN_FACTS } from "../../../src/core/generation/record.ts";
import { STORING_TIMEOUT_MS } from "../../../src/core/generation/store.ts";
import {
  applied,
  delivery,
  INTERVAL,
  inPhase,
  life,
  memory,
  stateOf,
  stepped,
  T0,
  TIMEOUT,
} from "../../support/lives.ts";

type OwnOutcome = Exclude<Outcome, { kind: "deliver" }>;

/** What the time alone makes of it. */
function expire(generation: Generation, remembered: Memory, now: number) {
  const after = stepped(life(generation), { kind: "ensure" }, now, remembered).life?.generation ?? generation;
  return { generation: after, events: after.unresolved };
}

const kindsDue = (generation: Generation, now: number, remembered = memory()) =>
  dueActions(life(generation), remembered, now).map(({ kind }) => kind);

describe("what is due", () => {
  it.each<[string, Generation, number, string[]]>([
    ["a new generation is submitted", inPhase("ready"), T0, ["submit"]],
    ["a refused one waits for its time", inPhase("ready", { notBefore: T0 + 5 }), T0 + 4, []],
    ["and is submitted then", inPhase("ready", { notBefore: T0 + 5 }), T0 + 5, ["submit"]],
    ["a submission whose sender is gone is reconciled", inPhase("submitting"), T0, ["reconcile"]],
    ["an unknown one waits for its next check", inPhase("reconciling"), T0 + 4_999, []],
    ["and is checked then", inPhase("reconciling"), T0 + 5_000, ["reconcile"]],
    ["a waiting job is not polled before the first slot", inPhase("waiting"), T0 + INTERVAL - 1, []],
    ["and is polled then", inPhase("waiting"), T0 + INTERVAL, ["poll"]],
    ["a done one is copied", inPhase("storing"), T0 + 30_000, ["store"]],
    ["one with a dead source is polled again", inPhase("storing", { sourceUrl: null }), T0 + 40_000, ["poll"]],
    ["a completed one has nothing to do", inPhase("completed"), T0 + 1e9, []],
    ["a failed one has nothing to do", inPhase("failed"), T0 + 1e9, []],
    ["a canceled one has nothing to do", inPhase("canceled"), T0 + 1e9, []],
  ])("%s", (_, generation, now, expected) => {
    expect(kindsDue(generation, now)).toEqual(expected);
  });

  it("is never what is under way already", () => {
    expect(kindsDue(inPhase("submitting"), T0, memory(0, "submit"))).toEqual([]);
    expect(kindsDue(inPhase("generating"), T0 + INTERVAL, memory(0, "poll"))).toEqual([]);
    expect(kindsDue(inPhase("storing"), T0 + 30_000, memory(0, "store"))).toEqual([]);
  });

  it("is one poll a slot, however often the object wakes", () => {
    expect(kindsDue(inPhase("generating"), T0 + 2 * INTERVAL + 1, memory(1))).toEqual(["poll"]);
    expect(kindsDue(inPhase("generating"), T0 + 2 * INTERVAL + 1, memory(2))).toEqual([]);
  });

  it("is one last poll at the deadline, on the grid or not", () => {
    expect(kindsDue(inPhase("generating"), T0 + TIMEOUT, memory(TIMEOUT / INTERVAL))).toEqual(["poll"]);
  });

  it("is at most five deliveries at once, the longest waiting first, and leaves room for the poll", () => {
    const waiting = Array.from({ length: 8 }, (_, at) => delivery(`d${at}`, { nextAttemptAt: T0 + 8 - at }));
    const due = dueActions(life(inPhase("generating"), waiting), memory(0), T0 + INTERVAL);
    expect(due.map((action) => (action.kind === "deliver" ? action.deliveryId : action.kind))).toEqual([
      "poll",
      "d7",
      "d6",
      "d5",
      "d4",
      "d3",
    ]);
    const more = dueActions(life(inPhase("completed"), waiting), memory(0, "deliver:d7", "deliver:d6"), T0 + INTERVAL);
    expect(more).toHaveLength(MAX_DELIVERIES_AT_ONCE - 2);
  });

  it("includes the staged input once the provider has decided, not before", () => {
    const stagedInput = { key: "inputs/x.json", deleteAt: T0 };
    expect(kindsDue({ ...inPhase("reconciling"), stagedInput }, T0)).toEqual([]);
    expect(kindsDue({ ...inPhase("waiting"), stagedInput }, T0)).toEqual(["delete-input"]);
    expect(kindsDue({ ...inPhase("failed"), stagedInput }, T0)).toEqual(["delete-input"]);
  });
});

describe("a submission", () => {
  it("is marked before it leaves, each try with an id of its own", () => {
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
      result: { kind: "busy", retryAfterMs: null, message: "" },
    });
    const [second] = dueActions(life(refused.generation), memory(), T0 + TIMEOUT);
    const ids = [first, second].map((action) => action?.kind === "submit" && action.requestId);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
  });

  it("that is accepted waits at the provider", () => {
    const result = { kind: "accepted", jobId: "j", status: "queued", credits: 5 } as const;
    const { generation, events } = applied(inPhase("submitting"), { kind: "submit", requestId: "r.1", result });
    expect(stateOf(generation, "waiting").job).toEqual({
      id: "j",
      status: "queued",
      acceptedAt: T0 + 1_000,
      credits: 5,
    });
    expect(events).toEqual([]);
  });

  it("that is refused fails, with the provider's reason", () => {
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
    [1, null, 2_000],
    [2, null, 4_000],
    [9, null, 60_000],
    [1, 30_000, 33_000],
    [1, -5, 2_000],
  ])("that finds the provider busy at try %i (Retry-After %j) is tried again in %i ms", (tries, retryAfterMs, wait) => {
    const result = { kind: "busy", retryAfterMs, message: "" } as const;
    const { generation } = applied(inPhase("submitting", { tries }), { kind: "submit", requestId: "r.1", result });
    expect(generation.state).toEqual({ phase: "ready", tries, notBefore: T0 + 1_000 + wait });
  });

  it("with an unknown outcome is never sent again, but looked for", () => {
    const { generation } = applied(inPhase("submitting"), {
      kind: "submit",
      requestId: "r.1",
      result: { kind: "unknown", message: "" },
    });
    expect(generation.state).toMatchObject({ phase: "reconciling", requestId: "r.1", checks: 0 });
    for (let now = T0; now < T0 + TIMEOUT; now += 1_000) expect(kindsDue(generation, now)).not.toContain("submit");
  });

  it("that is answered after all, while it is looked for, is decided by that answer, and by no other's", () => {
    const result = { kind: "accepted", jobId: "j", status: "queued", credits: null } as const;
    const looking = inPhase("reconciling");
    expect(applied(looking, { kind: "submit", requestId: "r.1", result }).generation.state.phase).toBe("waiting");
    expect(applied(looking, { kind: "submit", requestId: "r.0", result }).generation).toBe(looking);
    const lost = { kind: "unknown", message: "" } as const;
    expect(applied(looking, { kind: "submit", requestId: "r.1", result: lost }).generation).toBe(looking);
  });

  it("that was sent near the deadline is looked for beyond it, as long as rows can be late", () => {
    const sentAt = T0 + TIMEOUT - 1_000;
    const looking = inPhase("reconciling", { sentAt, checks: 3 });
    const end = sentAt + 10 * 60_000;
    expect(expire(looking, memory(), end - 1).generation).toBe(looking);
    expect(nextWake(life(looking), memory(), end - 1)).toBe(end);
    expect(expire(looking, memory(0, "reconcile"), end).generation).toBe(looking);
    expect(stateOf(expire(looking, memory(), end).generation, "failed").error.code).toBe("submission_unknown");
  });

  it.each(["submitting", "reconciling"] as const)(
    "found in the provider's log while %s goes on as accepted",
    (phase) => {
      const { generation } = applied(inPhase(phase), { kind: "reconcile", result: { kind: "found", jobId: "j" } });
      expect(stateOf(generation, "waiting").job).toMatchObject({ id: "j", acceptedAt: T0 + 1_000 });
    },
  );

  it("that failed in the provider's log may be sent again", () => {
    const { generation } = applied(inPhase("reconciling"), { kind: "reconcile", result: { kind: "failed" } });
    expect(generation.state).toMatchObject({ phase: "ready", tries: 1 });
  });

  it.each([{ kind: "absent" }, { kind: "unavailable", retryAfterMs: null, message: "" }] as const)(
    "whose log is $kind is looked for again, later and later",
    (result) => {
      const once = applied(inPhase("reconciling"), { kind: "reconcile", result }).generation;
      const twice = applied(once, { kind: "reconcile", result }).generation;
      expect(stateOf(once, "reconciling")).toMatchObject({ checks: 1, notBefore: T0 + 1_000 + 5_000 });
      expect(stateOf(twice, "reconciling")).toMatchObject({ checks: 2, notBefore: T0 + 1_000 + 10_000 });
    },
  );
});

describe("a copy", () => {
  const video = { key: "k", bytes: 3, contentType: "video/mp4", sha256: "ff", ...UNKNOWN_FACTS };
  const link = { url: "https://x/", expiresAt: null };

  it("that is whole completes the generation, and only then is that told", () => {
    const { generation, events } = applied(inPhase("storing"), {
      kind: "store",
      result: { kind: "stored", video, link },
    });
    expect(stateOf(generation, "completed").video).toEqual(video);
    expect(events).toMatchObject([{ type: "generation.completed" }]);
    expect(JSON.parse(events[0]?.body ?? "").data).toMatchObject({ status: "completed", video: { url: link.url } });
    expect(generation.unresolved).toEqual(events);
  });

  it("that was interrupted is tried again, later and later", () => {
    const result = { kind: "interrupted", message: "" } as const;
    const once = applied(inPhase("storing"), { kind: "store", result }).generation;
    const twice = applied(once, { kind: "store", result }).generation;
    expect([once, twice].map((each) => stateOf(each, "storing").notBefore - T0 - 1_000)).toEqual([2_000, 4_000]);
  });

  it("of what can never be stored fails at once and says where the source is", () => {
    const result = { kind: "rejected", message: "not a video" } as const;
    const { generation } = applied(inPhase("storing"), { kind: "store", result });
    expect(stateOf(generation, "failed").error).toEqual({
      code: "storage_failed",
      message: "not a video",
      retryable: false,
      sourceUrl: "https://cdn.example.com/v.mp4",
    });
  });

  it("from a dead source polls for a fresh one, five times at most", () => {
    let generation = inPhase("storing");
    const gone = { kind: "store", result: { kind: "gone", message: "404" } } as const;
    for (let refresh = 1; refresh <= 5; refresh++) {
      generation = applied(generation, gone).generation;
      expect(stateOf(generation, "storing").sourceUrl).toBeNull();
      const result = { kind: "done", url: `https://fresh/${refresh}`, status: "completed", credits: null } as const;
      generation = applied(generation, { kind: "poll", slot: 4, result }).generation;
      expect(stateOf(generation, "storing").sourceUrl).toBe(`https://fresh/${refresh}`);
    }
    expect(stateOf(applied(generation, gone).generation, "failed").error).toMatchObject({
      code: "storage_failed",
      sourceUrl: "https://fresh/5",
    });
  });
});

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

describe("deadlines", () => {
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

describe("the next wake", () => {
  it.each<[string, Generation, number, number | null]>([
    ["of a new generation is its deadline, when it is being submitted", inPhase("submitting"), T0, null],
    ["of a refused one is its next try", inPhase("ready", { notBefore: T0 + 5_000 }), T0, T0 + 5_000],
    ["of a refused one is its deadline, if earlier", inPhase("ready", { notBefore: T0 + 1e9 }), T0, T0 + TIMEOUT],
    ["of a waiting one is the first slot", inPhase("waiting"), T0, T0 + INTERVAL],
    ["of a copied one is the end of the day", inPhase("storing"), T0 + 30_000, T0 + 30_000 + STORING_TIMEOUT_MS],
    ["of a completed one is never", inPhase("completed"), T0, null],
  ])("%s", (_, generation, now, expected) => {
    expect(nextWake(life(generation), memory(), now)).toBe(expected);
  });

  it("is always the slot after the one that was polled, with no drift", () => {
    for (let slot = 1; slot < 100; slot++) {
      const late = T0 + slot * INTERVAL + 137;
      expect(nextWake(life(inPhase("generating")), memory(slot), late)).toBe(T0 + (slot + 1) * INTERVAL);
    }
  });

  it("is that of the first delivery that is not under way", () => {
    const deliveries = [delivery("a", { nextAttemptAt: T0 + 3 }), delivery("b", { nextAttemptAt: T0 + 7 })];
    expect(nextWake(life(inPhase("completed"), deliveries), memory(), T0)).toBe(T0 + 3);
    expect(nextWake(life(inPhase("completed"), deliveries), memory(0, "deliver:a"), T0)).toBe(T0 + 7);
  });

  it("exists as long as anything is left to do, in every phase", () => {
    const phases: Phase[] = ["ready", "reconciling", "waiting", "generating", "storing"];
    for (const phase of phases) {
      const generation = inPhase(phase);
      for (let now = T0; now < T0 + 40_000; now += 500) {
        const due = dueActions(life(generation), memory(), now);
        const wake = nextWake(life(generation), memory(), now);
        expect(due.length > 0 || (wake !== null && wake > now), `${phase} at ${now - T0}`).toBe(true);
      }
    }
  });
});

describe("a settled life", () => {
  it("is terminal, with no delivery pending and no input staged", () => {
    expect(isSettled(life(inPhase("completed")))).toBe(true);
    expect(isSettled(life(inPhase("storing")))).toBe(false);
    expect(isSettled(life(inPhase("completed"), [delivery("a")]))).toBe(false);
    expect(isSettled(life({ ...inPhase("failed"), stagedInput: { key: "k", deleteAt: T0 } }))).toBe(false);
  });
});
