import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PollResult } from "../../../src/core/generation/action.ts";
import { dueActions, nextWake } from "../../../src/core/generation/agenda.ts";
import type { Generation } from "../../../src/core/generation/record.ts";
import { pollCount } from "../../../src/core/generation/transitions.ts";
import {
  applied,
  CALM,
  changed,
  FACTS,
  INTERVAL,
  inPhase,
  life,
  memory,
  stateOf,
  T0,
  TIMEOUT,
} from "../../support/lives.ts";

const refused = (retryAfterMs: number | null = null): PollResult => ({
  kind: "unavailable",
  isRefused: true,
  retryAfterMs,
  message: "429",
});
const failing: PollResult = { kind: "unavailable", retryAfterMs: null, message: "500" };
const price = { credits: null, usd: null };
const running: PollResult = { kind: "running", started: true, status: "generating", ...price };
const withoutUrl: PollResult = { kind: "done", url: null, status: "completed", ...price };
const missing: PollResult = { kind: "missing" };

/** Plays polls from the agenda, each answered 40 ms later. @returns the generation, and the slot of each poll. */
function played(before: Generation, results: readonly PollResult[], random: () => number = () => CALM) {
  let generation = before;
  const slots: number[] = [];
  let now = T0;
  for (const result of results) {
    const polledSlot = slots.at(-1) ?? 0;
    now = nextWake(life(generation), memory(polledSlot), now) ?? Number.NaN;
    const [due] = dueActions(life(generation), memory(polledSlot), now).filter(({ kind }) => kind === "poll");
    if (due?.kind !== "poll") break;
    slots.push(due.slot);
    now += 40;
    generation = applied(generation, { kind: "poll", slot: due.slot, result }, now, random()).generation;
    expect(pollCount(generation, now)).toBe(slots.length);
  }
  return { generation, slots, now };
}

const gaps = (slots: readonly number[]) => slots.map((slot, at) => slot - (slots[at - 1] ?? 0));
const stretchOf = (generation: Generation) => stateOf(generation, "generating").polling.stretchedMs;
const times = (count: number, result: PollResult) => Array<PollResult>(count).fill(result);

describe("a poll that is refused as one too many", () => {
  it("makes the time to the next one twice as long, up to 60 s", () => {
    const { generation, slots } = played(inPhase("generating"), times(6, refused()));
    expect(gaps(slots)).toEqual([1, 2, 4, 6, 6, 6]);
    expect(stretchOf(generation)).toBe(60_000);
  });

  it("does not shorten a configured interval of more than 60 s", () => {
    const policy = { ...FACTS.policy, pollIntervalMs: 90_000 };
    const { generation, slots } = played(inPhase("generating", {}, { policy }), times(3, refused()));
    expect(gaps(slots)).toEqual([1, 1, 1]);
    expect(stretchOf(generation)).toBeUndefined();
  });

  it.each([
    [5_000, 2],
    [25_000, 3],
    [3_600_000, 180],
  ])("is followed by the next one after Retry-After (%i ms), if that is longer", (retryAfterMs, slots) => {
    const { generation } = played(inPhase("generating"), [refused(retryAfterMs)]);
    const next = nextWake(life(generation), memory(1), T0 + INTERVAL + 40);
    // The last poll is at the deadline.
    expect(next).toBe(Math.min(T0 + TIMEOUT, T0 + INTERVAL * (1 + slots)));
  });

  it("keeps its reason for the message of the deadline", () => {
    const { generation } = played(inPhase("generating"), [refused()]);
    const { error } = stateOf(
      applied(generation, { kind: "poll", slot: 180, result: refused() }, T0 + TIMEOUT).generation,
      "failed",
    );
    expect(error.message).toMatch(/ Last error: 429$/);
  });
});

describe("a usable answer after refusals", () => {
  it.each([
    ["running", running],
    ["missing", missing],
    ["done without a URL", withoutUrl],
  ])("shortens the time to the next poll by a twentieth: %s", (_, result) => {
    const { generation } = played(inPhase("generating"), [refused(), refused(), result]);
    expect(stretchOf(generation)).toBeCloseTo(38_000);
  });

  it("is followed by others until polls have the configured interval again, and then nothing is written", () => {
    const { generation, slots } = played(inPhase("generating"), [...times(3, refused()), ...times(40, running)]);
    expect(stretchOf(generation)).toBeUndefined();
    expect(gaps(slots).slice(-3)).toEqual([1, 1, 1]);
    expect(applied(generation, { kind: "poll", slot: 500, result: running }).generation).toBe(generation);
  });

  it("has the exact time to the next poll on average", () => {
    const policy = { ...FACTS.policy, timeoutMs: 1e9 };
    const stretchedMs = 15_000;
    const { job, polling, startedAt } = stateOf(inPhase("generating"), "generating");
    const before = inPhase("generating", { job, startedAt, polling: { ...polling, stretchedMs } }, { policy });
    const waits = Array.from({ length: 100 }, (_, at) => {
      const { generation } = applied(before, { kind: "poll", slot: 1, result: running }, T0 + INTERVAL, at / 100);
      return stateOf(generation, "generating").polling.resumeSlot - 1;
    });
    expect(new Set(waits)).toEqual(new Set([1, 2]));
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeCloseTo(142, -1);
  });
});

describe("a poll that fails for another reason", () => {
  it("is followed by one with backoff, as without a stretch", () => {
    expect(gaps(played(inPhase("generating"), times(5, failing)).slots)).toEqual([1, 1, 2, 3, 5]);
  });

  it("neither lengthens nor shortens a stretch, and waits at least that long", () => {
    const { generation, slots } = played(inPhase("generating"), [refused(), refused(), failing, failing]);
    expect(stretchOf(generation)).toBe(40_000);
    expect(gaps(slots)).toEqual([1, 2, 4, 4]);
  });
});

describe("while polls must make room for submissions", () => {
  const yielding = (generation: Generation, slot: number, result: PollResult = running) =>
    applied(generation, { kind: "poll", slot, result, mustYield: true }, T0 + slot * INTERVAL + 40).generation;

  it.each([
    ["running", running],
    ["missing", missing],
    ["done without a URL", withoutUrl],
    ["refused", refused()],
  ])("each answer makes the time to the next poll twice as long, up to 60 s: %s", (_, result) => {
    let generation = inPhase("generating");
    let slot = 1;
    const slots = [slot];
    for (let poll = 1; poll <= 5; poll++) {
      generation = yielding(generation, slot, result);
      slot = stateOf(generation, "generating").polling.resumeSlot;
      slots.push(slot);
      expect(pollCount(generation, T0 + (slot - 1) * INTERVAL + 40)).toBe(poll);
    }
    expect(gaps(slots)).toEqual([1, 2, 4, 6, 6, 6]);
  });

  it("an answer with news is still used", () => {
    const done = { kind: "done", url: "https://cdn/v.mp4", status: "completed", ...price } as const;
    expect(yielding(inPhase("generating"), 1, done).state.phase).toBe("storing");
  });
});

describe("a stretched generation", () => {
  it("that is canceled polls as any canceled one", () => {
    const { generation, now } = played(inPhase("generating"), times(3, refused()));
    const canceled = changed(generation, { kind: "canceled" }, now).generation;
    expect(stateOf(canceled, "canceled").leftover).toMatchObject({ polling: { skippedSlots: 0, resumeSlot: 1 } });
    expect(stateOf(canceled, "canceled").leftover).not.toHaveProperty("polling.stretchedMs");
  });

  it("counts the polls that were sent, whatever their answers were", () => {
    const results = fc.array(fc.constantFrom(refused(), refused(25_000), failing, running, withoutUrl, missing), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(results, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (all, randoms) => {
        // `played` compares the count after each poll.
        const { slots } = played(inPhase("generating"), all, () => randoms.next().value);
        for (const gap of gaps(slots)) expect(gap).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 300, seed: 20261127 },
    );
  });
});
