import { describe, expect, it } from "vitest";
import { dueActions, nextWake } from "../../../src/core/generation/agenda.ts";
import type { Generation } from "../../../src/core/generation/record.ts";
import { CHECK_INTERVAL_MS } from "../../../src/core/generation/summary.ts";
import { applied, BARE, FACTS, INTERVAL, inPhase, life, memory, stepped, T0 } from "../../support/lives.ts";

const due = (generation: Generation, now: number) => dueActions(life(generation), memory(1e9), now);

const unreported = (generation: Generation): Generation => ({
  ...generation,
  report: { acknowledged: null, failures: 0, notBefore: T0 },
});

/** The answer of an account that has no standing endpoints. */
const HEARD = { kind: "done", endpoints: {}, rotation: { current: 0, retired: [] } } as const;

describe("the report to the account", () => {
  it("is due until the account knows the current status", () => {
    const generation = unreported(inPhase("waiting"));
    expect(due(generation, T0)).toEqual([
      {
        kind: "report",
        summary: {
          id: generation.id,
          version: 1,
          status: "queued",
          inFlight: true,
          model: "runway/gen4_aleph",
          createdAt: T0,
          ...BARE,
          prompt: "a fairy on a raccoon",
          checkAt: T0 + CHECK_INTERVAL_MS,
        },
        events: [],
      },
    ]);
    const known = applied(generation, { kind: "report", status: "queued", version: 9, result: HEARD }, T0).generation;
    expect(due(known, T0)).toEqual([]);
  });

  it("is due again when the status changed before it was acknowledged", () => {
    const generation = unreported(inPhase("generating"));
    const late = applied(generation, { kind: "report", status: "queued", version: 9, result: HEARD }, T0).generation;
    expect(due(late, T0)).toMatchObject([{ kind: "report", summary: { status: "generating" } }]);
  });

  it("is retried with backoff when the account does not answer, without holding up the generation", () => {
    const result = { kind: "unavailable" } as const;
    const once = applied(
      unreported(inPhase("generating")),
      { kind: "report", status: "generating", version: 9, result },
      T0,
    ).generation;
    const twice = applied(once, { kind: "report", status: "generating", version: 9, result }, T0).generation;
    expect([once, twice].map(({ report }) => report.notBefore - T0)).toEqual([1_000, 2_000]);
    expect(due(twice, T0 + 1_999)).toEqual([]);
    expect(nextWake(life(twice), memory(0), T0)).toBe(T0 + 2_000);
    expect(dueActions(life(twice), memory(0), T0 + INTERVAL).map(({ kind }) => kind)).toEqual(["poll", "report"]);
  });

  const { id, createdAt } = FACTS;
  const ended: Generation = { ...unreported(inPhase("completed")), version: 7 };
  const settled: Generation = { ...ended, report: { ...ended.report, stage: "settled" } };

  it("is acknowledged by a check of the watchdog that names the current version", () => {
    const dueAfter = (known: object, generation = ended) => {
      const input = { kind: "ensure", known: { id, createdAt, version: 7, ...known } } as const;
      return stepped(life(generation), input, T0).actions.length > 0;
    };
    expect(dueAfter({})).toBe(false);
    expect(dueAfter({ version: 6 })).toBe(true);
    // Another generation, which had this id before.
    expect(dueAfter({ createdAt: createdAt - 1 })).toBe(true);
    const event = { type: "generation.completed", at: T0, body: "{}" } as const;
    expect(dueAfter({}, { ...ended, unresolved: [event] })).toBe(true);
  });

  it("costs no write when the account acknowledges how the deliveries went", () => {
    const result = { ...HEARD, endpoints: { "generation.completed": [] } } as const;
    const told = { kind: "report", status: "completed", version: 7, result } as const;
    const outcome = { kind: "outcome", outcome: told, isStale: false } as const;
    const saved = (generation: Generation) => stepped(life(generation), outcome, T0).changes.mayWait;
    expect(saved(settled)).toBe("forever");
    // The acknowledgment of a status is saved, and so is one that names who subscribes to an event.
    expect(saved(ended)).toBe(false);
    const event = { type: "generation.completed", at: T0, body: "{}" } as const;
    expect(saved({ ...settled, unresolved: [event] })).toBe(false);
  });
});
