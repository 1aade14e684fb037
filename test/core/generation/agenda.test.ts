import { describe, expect, it } from "vitest";
import {
  dueActions,
  isSettled,
  MAX_DELIVERIES_AT_ONCE,
  nextCheck,
  nextWake,
} from "../../../src/core/generation/agenda.ts";
import type { Generation, Phase } from "../../../src/core/generation/record.ts";
import { STORING_TIMEOUT_MS } from "../../../src/core/generation/store.ts";
import { CHECK_INTERVAL_MS } from "../../../src/core/generation/summary.ts";
import { delivery, INTERVAL, inPhase, life, memory, T0, TIMEOUT } from "../../support/lives.ts";

const kindsDue = (generation: Generation, now: number, remembered = memory()) =>
  dueActions(life(generation), remembered, now).map(({ kind }) => kind);

describe("due actions", () => {
  it.each<[string, Generation, number, string[]]>([
    ["submit a new generation", inPhase("ready"), T0, ["submit"]],
    ["do not retry a busy provider before the wait is over", inPhase("ready", { notBefore: T0 + 5 }), T0 + 4, []],
    ["retry a busy provider once the wait is over", inPhase("ready", { notBefore: T0 + 5 }), T0 + 5, ["submit"]],
    ["reconcile a submission that was sent and is not running", inPhase("submitting"), T0, ["reconcile"]],
    ["do not reconcile before the next check", inPhase("reconciling"), T0 + 4_999, []],
    ["reconcile at the next check", inPhase("reconciling"), T0 + 5_000, ["reconcile"]],
    ["do not poll before the first slot", inPhase("waiting"), T0 + INTERVAL - 1, []],
    ["poll at the first slot", inPhase("waiting"), T0 + INTERVAL, ["poll"]],
    ["copy a finished video", inPhase("storing"), T0 + 30_000, ["store"]],
    ["poll for a fresh URL when the source is dead", inPhase("storing", { sourceUrl: null }), T0 + 40_000, ["poll"]],
    ["are none for a completed generation", inPhase("completed"), T0 + 1e9, []],
    ["are none for a failed generation", inPhase("failed"), T0 + 1e9, []],
    ["are none for a canceled generation", inPhase("canceled"), T0 + 1e9, []],
  ])("%s", (_, generation, now, expected) => {
    expect(kindsDue(generation, now)).toEqual(expected);
  });

  it("exclude actions that are already running", () => {
    expect(kindsDue(inPhase("submitting"), T0, memory(0, "submit"))).toEqual([]);
    expect(kindsDue(inPhase("generating"), T0 + INTERVAL, memory(0, "poll"))).toEqual([]);
    expect(kindsDue(inPhase("storing"), T0 + 30_000, memory(0, "store"))).toEqual([]);
  });

  it("include one poll per slot, however often the object wakes", () => {
    expect(kindsDue(inPhase("generating"), T0 + 2 * INTERVAL + 1, memory(1))).toEqual(["poll"]);
    expect(kindsDue(inPhase("generating"), T0 + 2 * INTERVAL + 1, memory(2))).toEqual([]);
  });

  it("include a last poll at the deadline, even off the grid", () => {
    expect(kindsDue(inPhase("generating"), T0 + TIMEOUT, memory(TIMEOUT / INTERVAL))).toEqual(["poll"]);
  });

  it("include at most five deliveries at once, longest waiting first, in addition to the poll", () => {
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

  it("delete the staged input only once the provider has decided", () => {
    const stagedInput = { key: "inputs/x.json", deleteAt: T0 };
    expect(kindsDue({ ...inPhase("reconciling"), stagedInput }, T0)).toEqual([]);
    expect(kindsDue({ ...inPhase("waiting"), stagedInput }, T0)).toEqual(["delete-input"]);
    expect(kindsDue({ ...inPhase("failed"), stagedInput }, T0)).toEqual(["delete-input"]);
  });
});

describe("the next wake", () => {
  it.each<[string, Generation, number, number | null]>([
    ["is null when all that is left is due already", inPhase("submitting"), T0, null],
    ["is the next try after a busy provider", inPhase("ready", { notBefore: T0 + 5_000 }), T0, T0 + 5_000],
    ["is the deadline if the next try is later", inPhase("ready", { notBefore: T0 + 1e9 }), T0, T0 + TIMEOUT],
    ["is the first slot of a waiting job", inPhase("waiting"), T0, T0 + INTERVAL],
    ["is the time limit of a copy that is due", inPhase("storing"), T0 + 30_000, T0 + 30_000 + STORING_TIMEOUT_MS],
    ["is null for a completed generation", inPhase("completed"), T0, null],
  ])("%s", (_, generation, now, expected) => {
    expect(nextWake(life(generation), memory(), now)).toBe(expected);
  });

  it("is the slot after the polled one, without drift", () => {
    for (let slot = 1; slot < 100; slot++) {
      const late = T0 + slot * INTERVAL + 137;
      expect(nextWake(life(inPhase("generating")), memory(slot), late)).toBe(T0 + (slot + 1) * INTERVAL);
    }
  });

  it("is the earliest attempt of a delivery that is not running", () => {
    const deliveries = [delivery("a", { nextAttemptAt: T0 + 3 }), delivery("b", { nextAttemptAt: T0 + 7 })];
    expect(nextWake(life(inPhase("completed"), deliveries), memory(), T0)).toBe(T0 + 3);
    expect(nextWake(life(inPhase("completed"), deliveries), memory(0, "deliver:a"), T0)).toBe(T0 + 7);
  });

  it("exists in every unfinished phase unless something is due now", () => {
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
  it("is terminal and has no pending delivery and no staged input", () => {
    expect(isSettled(life(inPhase("completed")))).toBe(true);
    expect(isSettled(life(inPhase("storing")))).toBe(false);
    expect(isSettled(life(inPhase("completed"), [delivery("a")]))).toBe(false);
    expect(isSettled(life({ ...inPhase("failed"), stagedInput: { key: "k", deleteAt: T0 } }))).toBe(false);
  });
});

describe("the watchdog's next check", () => {
  it("is ten minutes after the alarm, or null once the life is settled", () => {
    expect(nextCheck(life(inPhase("generating")), T0 + 10_000, T0)).toBe(T0 + 10_000 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("generating")), null, T0)).toBe(T0 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("completed"), [delivery("a")]), T0 + 1, T0)).toBe(T0 + 1 + CHECK_INTERVAL_MS);
    expect(nextCheck(life(inPhase("completed")), null, T0)).toBeNull();
  });
});
