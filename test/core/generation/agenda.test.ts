import { describe, expect, it } from "vitest";
import {
  dueActions,
  isSettled,
  MAX_DELIVERIES_AT_ONCE,
  nextCheck,
  nextWake,
} from "../../../src/core/generation/agenda.ts";
import type { Generation, Phase } from "../../../src/core/generation/record.ts";
import { CHECK_INTERVAL_MS } from "../../../src/core/generation/report.ts";
import { STORING_TIMEOUT_MS } from "../../../src/core/generation/store.ts";
import { delivery, INTERVAL, inPhase, life, memory, T0, TIMEOUT } from "../../support/lives.ts";

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

describe("the watchdog's next look", () => {
  it("is a while after the next wake, and never for what is settled", () => {
    expect(nextCheck(life(inPhase("generating")), T0 + 10_000, T0)).toBe(T0 + 10_000 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("generating")), null, T0)).toBe(T0 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("completed"), [delivery("a")]), T0 + 1, T0)).toBe(T0 + 1 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("completed")), null, T0)).toBeNull();
  });
});
