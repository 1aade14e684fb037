import { describe, expect, it } from "vitest";
import { dueActions, dueExpiry, isSettled, nextCheck, nextWake } from "../../../src/core/generation/agenda.ts";
import type { Generation } from "../../../src/core/generation/record.ts";
import { TOMBSTONE_MS } from "../../../src/core/generation/removal.ts";
import { CHECK_INTERVAL_MS } from "../../../src/core/generation/report.ts";
import {
  applied as appliedTo,
  changed,
  delivery,
  INTERVAL,
  inPhase,
  life,
  memory,
  stateOf,
  T0,
} from "../../support/lives.ts";

const due = (generation: Generation, now: number) => dueActions(life(generation), memory(1e9), now);
const applied = (generation: Generation, outcome: Parameters<typeof appliedTo>[1], now: number) =>
  appliedTo(generation, outcome, now).generation;
const cancel = (generation: Generation, now: number) => changed(generation, { kind: "canceled" }, now);
const remove = (generation: Generation, now: number) =>
  changed(generation, { kind: "removed", requestId: "r" }, now).generation;

const isForgotten = (generation: Generation, now: number) =>
  dueExpiry(life(generation), memory(), now)?.kind === "forget";

const unreported = (generation: Generation): Generation => ({
  ...generation,
  report: { acknowledged: null, failures: 0, notBefore: T0 },
});

/** An account without standing endpoints has heard. */
const HEARD = { kind: "done", endpoints: {}, rotation: { current: 0, retired: [] } } as const;

describe("the report to the account", () => {
  it("is due whenever the account does not know the present status", () => {
    const generation = unreported(inPhase("waiting"));
    expect(due(generation, T0)).toEqual([
      {
        kind: "report",
        summary: {
          id: generation.id,
          version: 1,
          status: "queued",
          model: "runway/gen4_aleph",
          createdAt: T0,
          checkAt: T0 + CHECK_INTERVAL_MS,
        },
        events: [],
      },
    ]);
    const known = applied(generation, { kind: "report", status: "queued", result: HEARD }, T0);
    expect(due(known, T0)).toEqual([]);
  });

  it("that was overtaken by a change is followed by another", () => {
    const generation = unreported(inPhase("generating"));
    const late = applied(generation, { kind: "report", status: "queued", result: HEARD }, T0);
    expect(due(late, T0)).toMatchObject([{ kind: "report", summary: { status: "generating" } }]);
  });

  it("that finds no account is tried again, later and later, and the generation goes on meanwhile", () => {
    const result = { kind: "unavailable" } as const;
    const once = applied(unreported(inPhase("generating")), { kind: "report", status: "generating", result }, T0);
    const twice = applied(once, { kind: "report", status: "generating", result }, T0);
    expect([once, twice].map(({ report }) => report.notBefore - T0)).toEqual([1_000, 2_000]);
    expect(due(twice, T0 + 1_999)).toEqual([]);
    expect(nextWake(life(twice), memory(0), T0)).toBe(T0 + 2_000);
    expect(dueActions(life(twice), memory(0), T0 + INTERVAL).map(({ kind }) => kind)).toEqual(["poll", "report"]);
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
    ["submitting", /may still finish there, and bill it/],
    ["generating", /may still finish there, and bill it/],
  ] as const)("of one that is %s is honest about the bill", (phase, message) => {
    expect(stateOf(cancel(inPhase(phase), T0).generation, "canceled").error.message).toMatch(message);
  });

  it.each(["completed", "failed", "canceled"] as const)("changes nothing once %s", (phase) => {
    const generation = inPhase(phase);
    expect(cancel(generation, T0)).toEqual({ generation, events: [] });
  });
});

describe("a deleted generation", () => {
  const facts = { metadata: { a: "b" }, webhooks: [{ url: "https://x.example.com/", events: [] }] };
  const deleted = remove(inPhase("completed", {}, facts), T0 + 1_000);

  it("keeps nothing that callers gave", () => {
    expect(deleted).toMatchObject({ input: {}, metadata: {}, webhooks: [] });
  });

  it("is purged and reported, each until it works", () => {
    expect(due(deleted, T0 + 1_000).map(({ kind }) => kind)).toEqual(["report", "purge"]);
    const failed = applied(deleted, { kind: "purge", result: { kind: "unavailable" } }, T0 + 1_000);
    expect(due(failed, T0 + 2_000).map(({ kind }) => kind)).toEqual(["report"]);
    expect(due(failed, T0 + 601_000).map(({ kind }) => kind)).toEqual(["report", "purge"]);
    const purged = applied(failed, { kind: "purge", result: { kind: "done" } }, T0 + 61_000);
    const known = applied(purged, { kind: "report", status: "deleted", result: HEARD }, T0 + 61_000);
    expect(isSettled(life(known))).toBe(true);
    expect(due(known, T0 + 1e9)).toEqual([]);
  });

  it("keeps no message, which may repeat the prompt", () => {
    const failed = remove(inPhase("failed"), T0);
    expect(stateOf(failed, "failed").error).toMatchObject({ code: "provider_error", message: "" });
  });

  it("is not purged before a copy that was ended has had its time to land", () => {
    const canceled = cancel(inPhase("storing"), T0).generation;
    expect(remove(canceled, T0 + 1_000).purgeAt).toBe(T0 + 60_000);
  });

  it("is not forgotten while its input may still be in R2", () => {
    const staged = { ...deleted, purgeAt: null, stagedInput: { key: "k", deleteAt: T0 } };
    const known = applied(staged, { kind: "report", status: "deleted", result: HEARD }, T0);
    expect(isForgotten(known, T0 + 1_000 + TOMBSTONE_MS)).toBe(false);
  });

  it("leaves a tombstone for a day, and then nothing", () => {
    const purged = applied(deleted, { kind: "purge", result: { kind: "done" } }, T0 + 1_000);
    const known = applied(purged, { kind: "report", status: "deleted", result: HEARD }, T0 + 1_000);
    const end = T0 + 1_000 + TOMBSTONE_MS;
    expect(nextWake(life(known), memory(), T0 + 2_000)).toBe(end);
    expect([end - 1, end].map((now) => isForgotten(known, now))).toEqual([false, true]);
    expect(isForgotten(deleted, end)).toBe(false);
    expect(isForgotten(purged, end)).toBe(false);
  });
});

describe("the watchdog's next look", () => {
  it("is a while after the next wake, and never for what is settled", () => {
    expect(nextCheck(life(inPhase("generating")), T0 + 10_000, T0)).toBe(T0 + 10_000 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("generating")), null, T0)).toBe(T0 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("completed"), [delivery("a")]), T0 + 1, T0)).toBe(T0 + 1 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("completed")), null, T0)).toBeNull();
  });
});
