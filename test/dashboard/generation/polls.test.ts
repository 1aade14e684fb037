import { describe, expect, it } from "vitest";
import { pollTicks } from "../../../src/dashboard/generation/polls.ts";

const SINCE = "2026-01-01T00:00:00.000Z";
const second = (seconds: number) => Date.parse(SINCE) + seconds * 1000;
const polls = (count: number) => ({ since: SINCE, interval_seconds: 10, count });

describe("the polls of a generation", () => {
  it("are added while the page is open, without an update from the server", () => {
    const { count, ticks, next } = pollTicks(polls(2), { loadedAt: second(25), now: second(47), until: null });
    expect(count).toBe(4);
    expect(ticks.map(({ time, state }) => [(time - second(0)) / 1000, state])).toEqual([
      [10, "made"],
      [20, "made"],
      [30, "due"],
      [40, "due"],
    ]);
    expect(next).toBe(second(50));
  });

  it("are shown as uncertain once backoff has skipped slots, and no new ones are predicted", () => {
    const seen = pollTicks(polls(3), { loadedAt: second(65), now: second(95), until: null });
    expect(seen).toMatchObject({ count: 3, leftOut: 3, next: null });
    expect(seen.ticks.map(({ state }) => state)).toEqual(Array(6).fill("maybe"));
  });

  it("stop when polling has ended", () => {
    const seen = pollTicks(polls(2), { loadedAt: second(100), now: second(500), until: second(20.4) });
    expect(seen).toMatchObject({ count: 2, leftOut: 0, next: null });
    expect(seen.ticks).toHaveLength(2);
  });

  it("match the server's count when the browser's clock is behind", () => {
    const seen = pollTicks(polls(5), { loadedAt: second(10), now: second(12), until: null });
    expect(seen).toMatchObject({ count: 5, leftOut: 0 });
  });

  it("are empty before the provider has accepted the job", () => {
    expect(pollTicks(null, { loadedAt: 0, now: 0, until: null })).toMatchObject({ count: 0, ticks: [], next: null });
  });
});
