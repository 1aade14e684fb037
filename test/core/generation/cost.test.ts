import { describe, expect, it } from "vitest";
import type { Settlement, Summary } from "../../../src/core/generation/action.ts";
import { type Facts, type Generation, publicStatus } from "../../../src/core/generation/record.ts";
import { report } from "../../../src/core/generation/report.ts";
import { eventData } from "../../../src/core/generation/view.ts";
import type { Cost } from "../../../src/core/money/usage.ts";
import {
  accepted,
  answered,
  type Begin,
  canceled,
  done,
  ENDS,
  ESTIMATE,
  expired,
  failure,
  LATER,
  LEFTOVER_ENDS,
  LOST,
  looked,
  MINUTE,
  polled,
  removed,
  running,
  stated,
  stored,
} from "../../support/ends.ts";
import { applied, delivery, FACTS, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

const live: Begin = (phase, change = {}) => inPhase(phase, change, { estimate: ESTIMATE });

/** The report that is due; null if the account knows everything. */
function reported(generation: Generation): Summary | null {
  const [due] = report.entries(life(generation), memory(), LATER);
  return due?.action.summary ?? null;
}

/** The account has acknowledged everything. */
function known(generation: Generation): Generation {
  const acknowledged = generation.deletedAt === null ? publicStatus(generation) : "deleted";
  return { ...generation, unresolved: [], report: { ...generation.report, acknowledged } };
}

/** What the account adds to its usage: nothing for a generation that has not completed and cost nothing. */
function settlementFor(outcome: Settlement["outcome"], { spent, credits }: Cost): Settlement | null {
  if (outcome !== "completed" && spent === 0 && credits === null) return null;
  return { outcome, spent, bytes: outcome === "completed" ? 10 : 0 };
}

const usageFor = ({ credits, usd }: Cost) => (credits === null && usd === null ? null : { credits, usd });

const each = <T>(table: Readonly<Record<string, T>>) => Object.entries(table);

describe("the cost of a generation", () => {
  it.each(each(ENDS))("that ends like this: %s", (_, { end, outcome, cost }) => {
    const generation = end(live);
    expect([publicStatus(generation), generation.cost]).toEqual([outcome, cost]);
    const settlement = settlementFor(outcome, cost);
    expect(reported(generation)).toMatchObject({
      status: outcome,
      estimate: ESTIMATE,
      usage: usageFor(cost),
      settlement,
    });

    const tombstone = removed(generation, LATER + MINUTE);
    expect(tombstone.cost).toEqual(cost);
    // A deletion is reported as well, even if the account already knows the end.
    expect(reported(tombstone)).toMatchObject({ status: "deleted", usage: usageFor(cost), settlement });
  });

  it.each(each(ENDS))("of an earlier release has no estimate. It ends like this: %s", (_, { end, outcome, cost }) => {
    const earlier: Begin = (phase, change = {}) => withoutUsd(inPhase(phase, change));
    const generation = end(earlier);
    const expected = { ...cost, spent: cost.usd ?? 0 };
    expect(generation.cost).toEqual(expected);
    expect(reported(generation)).toMatchObject({ estimate: null, settlement: settlementFor(outcome, expected) });
  });

  it.each([
    ...each(ENDS),
    ...each(LEFTOVER_ENDS).map(
      ([name, { begun, ended }]) => [name, { end: (begin: Begin) => ended(canceled(begun(begin))) }] as const,
    ),
  ])("in test mode counts nowhere. It ends like this: %s", (_, { end }) => {
    const facts: Partial<Facts> = { estimate: ESTIMATE, provider: "sandbox", scope: { ...FACTS.scope, mode: "test" } };
    const generation = end((phase, change = {}) => inPhase(phase, change, facts));
    expect(generation.cost).toBeDefined();
    expect(reported(generation)).toMatchObject({ inFlight: false, estimate: ESTIMATE, settlement: null });
  });
});

describe("the cost of a canceled generation", () => {
  it.each(each(LEFTOVER_ENDS))("whose job ends like this: %s", (_, { begun, ended, cost }) => {
    const under = canceled(begun(live));
    expect(under.cost).toBeUndefined();
    expect(reported(under)).toMatchObject({ status: "canceled", inFlight: true, settlement: null });

    const generation = ended(known(under));
    expect(generation.cost).toEqual(cost);
    const settlement = settlementFor("canceled", cost);
    const expected = { inFlight: false, estimate: ESTIMATE, usage: usageFor(cost), settlement };
    expect(reported(generation)).toMatchObject({ ...expected, status: "canceled" });
    expect(eventData(generation, { now: LATER, link: null }).usage?.credits ?? null).toBe(cost.credits);
    expect(reported(removed(generation, LATER + MINUTE))).toMatchObject({ ...expected, status: "deleted" });

    // Deleted before its job ends.
    const tombstone = known(removed(under));
    expect([tombstone.cost, reported(tombstone)]).toEqual([undefined, null]);
    const settled = ended(tombstone);
    expect(settled.cost).toEqual(cost);
    expect(reported(settled)).toMatchObject({ ...expected, status: "deleted" });
    expect(reported(settled)?.version).toBeGreaterThan(tombstone.version);
  });

  it.each(each(LEFTOVER_ENDS))("of an earlier release, whose job ends like this: %s", (_, { begun, ended, cost }) => {
    const earlier: Begin = (phase, change = {}) => withoutUsd(inPhase(phase, change));
    const generation = ended(known(canceled(begun(earlier))));
    expect(generation.cost).toEqual({ ...cost, spent: cost.usd ?? 0 });
  });
});

describe("the settlement of a generation", () => {
  it("is null while it is under way", () => {
    for (const phase of ["ready", "submitting", "reconciling", "waiting", "generating", "storing"] as const) {
      const generation = live(phase);
      const unreported = { ...generation, report: { ...generation.report, acknowledged: null } };
      expect([generation.cost, reported(unreported)?.settlement]).toEqual([undefined, null]);
    }
  });

  it("stays the same in every later report, with a higher version", () => {
    const generation = known(stored(polled(live("waiting"), done(stated(390_000)))));
    expect(reported(generation)).toBeNull();
    const sent = delivery("a", { state: "delivered", nextAttemptAt: null });
    const input = { kind: "redeliver", deliveryId: "a" } as const;
    const again = stepped(life(generation, [sent]), input, LATER + MINUTE).life?.generation ?? generation;
    expect(reported(again)).toMatchObject({ settlement: { outcome: "completed", spent: 390_000, bytes: 10 } });
    expect(reported(again)?.version).toBeGreaterThan(generation.version);
  });

  it("does not change with outcomes that arrive after the end", () => {
    const lost = expired(looked(answered(live("submitting"), LOST), { kind: "absent" }), T0 + TIMEOUT);
    expect(answered(lost, accepted(stated(390_000)))).toBe(lost);
    const failed = polled(live("generating"), failure());
    expect(polled(failed, done(stated(390_000)))).toBe(failed);
    const gone = polled(canceled(live("generating")), failure());
    expect(polled(gone, done(stated(390_000)))).toBe(gone);
  });

  it("is reported although the report of the cancel is acknowledged only after it", () => {
    const under = canceled(live("generating"));
    const generation = polled(under, done());
    const result = { kind: "done", endpoints: { "generation.canceled": [] }, rotation: generation.rotation } as const;
    const late = { kind: "report", status: "canceled", version: under.version, result } as const;
    expect(reported(applied(generation, late).generation)).toMatchObject({ settlement: { spent: ESTIMATE } });
  });

  it("is reported once the retention has ended, if the account did not answer before", () => {
    const generation = inPhase(
      "generating",
      {},
      { estimate: ESTIMATE, policy: { ...FACTS.policy, retentionMs: MINUTE } },
    );
    const failed = { ...polled(generation, failure(stated(200_000), true)), unresolved: [] };
    const tombstone = expired(failed, LATER + MINUTE);
    expect(tombstone.deletedAt).not.toBeNull();
    expect(reported(tombstone)).toMatchObject({ status: "deleted", settlement: { outcome: "failed", spent: 200_000 } });
  });

  it("is null for an earlier release's generation that had ended before the upgrade", () => {
    const completed = inPhase("completed");
    const { usd: _, ...job } = stateOf(completed, "completed").job;
    const state = { ...stateOf(completed, "completed"), job: { ...job, credits: 7 } };
    const tombstone = removed({ ...completed, state });
    expect(reported(tombstone)).toMatchObject({ usage: { credits: 7, usd: null }, settlement: null });
  });
});

it("a price appears in the view as soon as it is stated, and zero only at the end", () => {
  const usageOf = (generation: Generation) => eventData(generation, { now: LATER, link: null }).usage;
  const under = polled(live("generating"), running(stated(0, 0)));
  expect(usageOf(under)).toBeNull();
  expect(usageOf(polled(under, running(stated(390_000))))).toEqual({ credits: null, usd: 0.39 });
  expect(usageOf(polled(under, done(stated(0, 0))))).toEqual({ credits: 0, usd: 0 });
  const [event] = applied(under, { kind: "poll", slot: 2, result: failure(stated(200_000), true) }, LATER).events;
  expect(JSON.parse(event?.body ?? "{}").data).toMatchObject({ estimate: { usd: 0.5 }, usage: { usd: 0.2 } });
});

/** The generation as an earlier release has saved it. */
function withoutUsd(generation: Generation): Generation {
  return JSON.parse(JSON.stringify(generation, (name, value) => (name === "usd" ? undefined : value)));
}
