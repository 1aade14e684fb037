import { describe, expect, it } from "vitest";
import type { PollResult } from "../../../src/core/generation/action.ts";
import { dueActions } from "../../../src/core/generation/agenda.ts";
import type { Generation } from "../../../src/core/generation/record.ts";
import { pollCount } from "../../../src/core/generation/transitions.ts";
import { applied, INTERVAL, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

function polled(generation: Generation, result: PollResult, slot = 1, now = T0 + slot * INTERVAL + 40) {
  return applied(generation, { kind: "poll", slot, result }, now);
}

const word = (status: string) => ({ status, credits: null, usd: null });
const running = (status: string, started: boolean): PollResult => ({ kind: "running", started, ...word(status) });
const done = (url: string | null): PollResult => ({ kind: "done", url, ...word("completed") });
const unavailable = (retryAfterMs: number | null = null): PollResult => ({
  kind: "unavailable",
  retryAfterMs,
  message: "503",
});

describe("an answer to a poll", () => {
  it("without news returns the same generation", () => {
    const waiting = inPhase("waiting");
    expect(polled(waiting, running("queued", false)).generation).toBe(waiting);
    const generating = inPhase("generating");
    expect(polled(generating, running("generating", true)).generation).toBe(generating);
  });

  it("that the job has started emits generation.started once", () => {
    const first = polled(inPhase("waiting"), running("generating", true));
    expect(stateOf(first.generation, "generating").startedAt).toBe(T0 + INTERVAL + 40);
    expect(first.events.map(({ type }) => type)).toEqual(["generation.started"]);
    expect(polled(first.generation, running("generating", true), 2).events).toEqual([]);
  });

  it("that the job is done emits generation.started first if it has not been emitted", () => {
    const { generation, events } = polled(inPhase("waiting"), done("https://cdn/v.mp4"));
    expect(events.map(({ type, body }) => [type, JSON.parse(body).data.status])).toEqual([
      ["generation.started", "generating"],
    ]);
    expect(stateOf(generation, "storing")).toMatchObject({ sourceUrl: "https://cdn/v.mp4", polls: 1 });
  });

  it("with a status that goes backwards is ignored", () => {
    const { generation, events } = polled(inPhase("generating"), running("queued", false));
    expect(generation.state.phase).toBe("generating");
    expect(events).toEqual([]);
  });

  it("with an unknown status keeps the job running and records the status", () => {
    const { generation } = polled(inPhase("waiting"), running("warming_up", false));
    expect(stateOf(generation, "waiting").job.status).toBe("warming_up");
  });

  it("that the job failed fails the generation with the provider's reason", () => {
    const result = { kind: "failed", code: "moderated", message: "no", retryable: false, ...word("error") } as const;
    const { generation, events } = polled(inPhase("generating"), result);
    expect(stateOf(generation, "failed")).toMatchObject({
      error: { code: "moderated", message: "no" },
      job: { status: "error" },
    });
    expect(events.map(({ type }) => type)).toEqual(["generation.failed"]);
  });

  it("that the job failed is retryable only if no price was named and it was not called done before", () => {
    const failure = {
      kind: "failed",
      code: "provider_error",
      message: "no",
      retryable: true,
      ...word("error"),
    } as const;
    const retryable = (before: Generation) => stateOf(polled(before, failure, 2).generation, "failed").error.retryable;
    const generating = inPhase("generating");
    expect(retryable(generating)).toBe(true);
    const priced = { ...running("generating", true), credits: 7, usd: null } as PollResult;
    expect(retryable(polled(generating, priced).generation)).toBe(false);
    expect(retryable(polled(generating, done(null)).generation)).toBe(false);
  });

  it("with a price sets the job's credits, and without one keeps them", () => {
    const priced = polled(inPhase("generating"), {
      ...running("generating", true),
      credits: 7,
      usd: null,
    } as PollResult).generation;
    expect(stateOf(priced, "generating").job.credits).toBe(7);
    const silent = polled(priced, running("generating", true), 2).generation;
    expect(stateOf(silent, "generating").job.credits).toBe(7);
  });

  it.each([
    ["says that the job is unknown", { kind: "missing" } as PollResult, "The provider has no record of the job."],
    [
      "says that the job is completed without a URL",
      done(null),
      "The provider reports the job as completed, but its answers contain no link to a video that may be downloaded. It may be billed.",
    ],
  ])("that %s fails the generation the sixth time in a row", (_, result, message) => {
    let generation = inPhase("generating");
    for (let slot = 1; slot <= 5; slot++) {
      generation = polled(generation, result, slot).generation;
      expect(generation.state.phase).toBe("generating");
    }
    const { error } = stateOf(polled(generation, result, 6).generation, "failed");
    expect(error).toEqual({ code: "provider_error", message, retryable: false });
  });

  it("that is usable resets the count of unusable answers", () => {
    let generation = inPhase("generating");
    for (let slot = 1; slot <= 5; slot++) generation = polled(generation, { kind: "missing" }, slot).generation;
    generation = polled(generation, running("generating", true), 6).generation;
    expect(stateOf(generation, "generating").polling.missing).toBe(0);
  });
});

describe("a poll that fails", () => {
  it("skips more and more slots but stays on the grid", () => {
    let generation = inPhase("generating");
    let slot = 1;
    const slots = [slot];
    for (let failure = 1; failure <= 6; failure++) {
      generation = polled(generation, unavailable(), slot).generation;
      slot = stateOf(generation, "generating").polling.resumeSlot;
      slots.push(slot);
    }
    // Waits of 5, 10, 20, 40, 80 and 120 s, each rounded up to the next slot.
    expect(slots).toEqual([1, 2, 4, 7, 12, 21, 34]);
  });

  it("is followed by a poll in every slot once an answer arrives", () => {
    let generation = polled(inPhase("generating"), unavailable(60_000), 1).generation;
    expect(stateOf(generation, "generating").polling.resumeSlot).toBe(8);
    expect(dueActions(life(generation), memory(1), T0 + 7 * INTERVAL)).toEqual([]);
    expect(dueActions(life(generation), memory(1), T0 + 8 * INTERVAL)).toMatchObject([{ kind: "poll", slot: 8 }]);
    generation = polled(generation, running("generating", true), 8).generation;
    expect(dueActions(life(generation), memory(8), T0 + 9 * INTERVAL)).toMatchObject([{ kind: "poll", slot: 9 }]);
  });

  it("ends the generation only at its deadline", () => {
    const generation = inPhase("generating");
    expect(polled(generation, unavailable(), 1).generation.state.phase).toBe("generating");
    const { error } = stateOf(polled(generation, unavailable(), 180, T0 + TIMEOUT).generation, "failed");
    expect(error).toMatchObject({ code: "timed_out", message: expect.stringMatching(/ Last error: 503$/) });
  });

  it("counts as one poll, also at the deadline in the middle of a backoff", () => {
    const first = polled(inPhase("generating"), unavailable(), 1).generation;
    const second = polled(first, unavailable(60_000), 2).generation;
    expect(pollCount(second, T0 + 3 * INTERVAL)).toBe(2);
    const third = polled(second, unavailable(600_000), 3, T0 + 3 * INTERVAL + 1).generation;
    expect(pollCount(third, T0 + 4 * INTERVAL)).toBe(3);
    expect(stateOf(polled(third, unavailable(), 4, T0 + TIMEOUT).generation, "failed").polls).toBe(4);
  });

  it("keeps no reason after a usable answer", () => {
    const failing = polled(inPhase("generating"), unavailable(), 1).generation;
    expect(stateOf(failing, "generating").polling.problem).toBe("503");
    const { generation } = polled(failing, running("generating", true), 2);
    expect(stateOf(generation, "generating").polling).not.toHaveProperty("problem");
  });
});

describe("the last poll, at the deadline", () => {
  it.each([
    ["running", running("generating", true), "timed_out"],
    ["missing", { kind: "missing" } as PollResult, "timed_out"],
    ["done without a URL", done(null), "timed_out"],
  ])("times the generation out when the answer is: %s", (_, result, code) => {
    const { generation, events } = polled(inPhase("generating"), result, 180, T0 + TIMEOUT);
    expect(stateOf(generation, "failed").error.code).toBe(code);
    expect(events.map(({ type }) => type)).toEqual(["generation.failed"]);
  });

  it("still stores a video that is done, because it is paid for", () => {
    const { generation } = polled(inPhase("generating"), done("https://cdn/v.mp4"), 180, T0 + TIMEOUT);
    expect(generation.state.phase).toBe("storing");
  });
});

describe("the count of polls", () => {
  it("is derived from the grid, minus the slots that backoff skipped", () => {
    const generation = inPhase("generating");
    expect([0, INTERVAL - 1, INTERVAL, 21 * INTERVAL].map((age) => pollCount(generation, T0 + age))).toEqual([
      0, 0, 1, 21,
    ]);
    const backedOff = polled(generation, unavailable(60_000), 1).generation;
    const counts = Array.from({ length: 9 }, (_, slot) => pollCount(backedOff, T0 + slot * INTERVAL));
    expect(counts).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
  });
});

describe("a newly started object", () => {
  const wokenFor = (scheduledFor: number) => {
    const input = { kind: "alarm", scheduledFor } as const;
    const { actions, polledSlot } = stepped(life(inPhase("generating")), input, scheduledFor + 4_000, {
      polledSlot: null,
      running: new Map(),
    });
    return { actions, polledSlot };
  };

  it("polls the slot its alarm was set for, however late the alarm fires", () => {
    const { actions, polledSlot } = wokenFor(T0 + 3 * INTERVAL);
    expect(actions).toEqual([{ kind: "poll", jobId: "job-1", slot: 3 }]);
    expect(polledSlot).toBe(3);
  });

  it("does not poll when its alarm was set for something else", () => {
    expect(wokenFor(T0 + 3 * INTERVAL + 4_000)).toEqual({ actions: [], polledSlot: 3 });
  });

  it("polls for a fresh URL when its alarm was set for that, even off the grid", () => {
    const at = T0 + 4 * INTERVAL + 3_000;
    const refreshing = inPhase("storing", { sourceUrl: null, notBefore: at });
    const memory = { polledSlot: null, running: new Map() };
    const { actions } = stepped(life(refreshing), { kind: "alarm", scheduledFor: at }, at, memory);
    expect(actions).toEqual([{ kind: "poll", jobId: "job-1", slot: 4 }]);
  });
});
