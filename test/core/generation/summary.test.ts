import { describe, expect, it } from "vitest";
import type { Outcome, Summary } from "../../../src/core/generation/action.ts";
import type { Life } from "../../../src/core/generation/life.ts";
import type { Input } from "../../../src/core/generation/step.ts";
import { summaryOf } from "../../../src/core/generation/summary.ts";
import type { AttemptResult } from "../../../src/core/webhooks/delivery.ts";
import { delivery, inPhase, life, stepped, T0 } from "../../support/lives.ts";

const NOW = T0 + 60_000;

const answer = (status: number | null): AttemptResult => ({
  ...{ at: NOW, durationMs: 5, status, error: status === null ? "timeout" : null },
  ...{ response: "text", retryAfterMs: null },
});

/** Applies inputs one after another, and acknowledges each report without recipients. @returns the summaries. */
function reportsOf(begun: Life, inputs: readonly Input[]): Summary[] {
  const summaries: Summary[] = [];
  let current = begun;
  const run = (input: Input): void => {
    const { life: after, actions } = stepped(current, input, NOW);
    if (after === null) throw new Error("the step removed the generation");
    current = after;
    for (const action of actions) {
      if (action.kind !== "report") continue;
      summaries.push(action.summary);
      const { status, version } = action.summary;
      const endpoints = Object.fromEntries(action.events.map((type) => [type, []]));
      const result = { kind: "done", endpoints, rotation: { current: 0, retired: [] } } as const;
      run({ kind: "outcome", outcome: { kind: "report", status, version, result }, isStale: false });
    }
  };
  for (const input of inputs) run(input);
  return summaries;
}

const attempt = (deliveryId: string, status: number | null): Input => {
  const outcome: Outcome = { kind: "deliver", deliveryId, result: answer(status) };
  return { kind: "outcome", outcome, isStale: false };
};

const completed = inPhase("completed");
const two = life(completed, [delivery("a"), delivery("b", { endpointId: "we_1", requested: false })]);

const counts = (summaries: readonly Summary[]) =>
  summaries.map(({ deliveries }) => Object.values(deliveries ?? {}).join("/"));

describe("the report of the deliveries", () => {
  it("is due when each has had its first attempt, and when all are settled", () => {
    const inputs = [attempt("a", 500), attempt("b", 500), attempt("b", 200), attempt("a", 500), attempt("a", 500)];
    const reports = reportsOf(two, inputs);
    expect(counts(reports)).toEqual(["0/2/0", "1/0/1"]);
    expect(reports.map(({ version }) => version)).toEqual([2, 3]);
  });

  it("is due once if both happen together, and never without deliveries", () => {
    expect(counts(reportsOf(two, [attempt("a", 200), attempt("b", 410)]))).toEqual(["1/0/1"]);
    expect(reportsOf(life(completed), [{ kind: "alarm", scheduledFor: NOW }])).toEqual([]);
  });

  it("waits until the generation has ended, and until the recipients of each event are known", () => {
    const started = inPhase("generating");
    const first = { ...delivery("a"), event: "generation.started" as const };
    expect(reportsOf(life(started, [first]), [attempt("a", 200)])).toEqual([]);
    const event = { type: "generation.completed", at: T0, body: "{}" } as const;
    const unresolved = { ...completed, unresolved: [event] };
    expect(reportsOf(life(unresolved, [first]), [attempt("a", 200)])).toMatchObject([
      { version: 1, deliveries: { delivered: 1 } },
      { version: 2, deliveries: { delivered: 1 } },
    ]);
  });

  it("is due again after a redelivery", () => {
    const inputs: Input[] = [attempt("a", 200), attempt("b", 410)];
    const again: Input[] = [{ kind: "redeliver", deliveryId: "b" }, attempt("b", 500), attempt("b", 200)];
    const reports = reportsOf(two, [...inputs, ...again]);
    expect(counts(reports)).toEqual(["1/0/1", "1/1/0", "1/1/0", "2/0/0"]);
    const states = reports.map(({ endpointDeliveries }) => endpointDeliveries.map(({ state }) => state));
    expect(states).toEqual([["gone"], ["pending"], ["pending"], ["delivered"]]);
  });

  it("is due again when a late answer changes the state of a settled delivery", () => {
    const gone = life(completed, [delivery("a", { state: "gone", nextAttemptAt: null })]);
    const wake: Input = { kind: "alarm", scheduledFor: NOW };
    expect(counts(reportsOf(gone, [wake, attempt("a", 200)]))).toEqual(["0/0/1", "1/0/0"]);
  });

  it("lists the deliveries to webhook endpoints, without the answers", () => {
    const missed = delivery("c", { endpointId: "we_2", state: "failed", nextAttemptAt: null });
    const [report] = reportsOf(life(completed, [...two.deliveries, missed]), [attempt("a", 200), attempt("b", 500)]);
    const common = { event: "generation.completed", createdAt: T0 };
    expect(report?.endpointDeliveries).toEqual([
      {
        ...{ ...common, id: "b", endpointId: "we_1", url: "https://b.example.com/", state: "pending" },
        ...{ nextAttemptAt: NOW + 5_000, attempts: 1 },
        lastAttempt: { at: NOW, durationMs: 5, status: 500, error: null },
      },
      {
        ...{ ...common, id: "c", endpointId: "we_2", url: "https://c.example.com/", state: "failed" },
        ...{ nextAttemptAt: null, attempts: 0, lastAttempt: null },
      },
    ]);
  });
});

describe("a summary", () => {
  const promptOf = (prompt: unknown) =>
    summaryOf(life(inPhase("waiting", {}, { input: { prompt: prompt as string } })), NOW).prompt;

  it("has the first 1,000 characters of the prompt, and no other value or data URI", () => {
    expect(promptOf("a fairy")).toBe("a fairy");
    expect(promptOf("data: a poem")).toBe("data: a poem");
    expect(promptOf("x".repeat(1_001))).toBe("x".repeat(1_000));
    expect(promptOf(`${"x".repeat(999)}🦝`)).toBe("x".repeat(999));
    for (const other of ["data:text/plain,hello", "data:text/plain;… (5 bytes)", 7, null, ["a"], undefined]) {
      expect(promptOf(other)).toBeNull();
    }
  });

  it("has the error code and the video of an end, and keeps neither these nor the caller's texts after deletion", () => {
    const facts = { metadata: { order: "42" } };
    const failed = inPhase("failed", {}, facts);
    const stored = inPhase("completed", {}, facts);
    expect(summaryOf(life(failed), NOW)).toMatchObject({ error: "provider_error", video: null, ...facts });
    expect(summaryOf(life(stored), NOW)).toMatchObject({ error: null, video: { durationMs: null }, ...facts });
    for (const generation of [failed, stored]) {
      const { life: deleted } = stepped(life(generation), { kind: "removed", requestId: "r" }, NOW);
      if (deleted === null) throw new Error("there is no tombstone");
      const nothing = { status: "deleted", prompt: null, metadata: {}, error: null, video: null };
      expect(summaryOf(deleted, NOW)).toMatchObject(nothing);
    }
  });
});
