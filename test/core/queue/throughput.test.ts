// What the rules of capacity achieve at providers with limits, in a model without anything else.

import { describe, expect, it } from "vitest";
import { type Burst, playBurst } from "../../support/provider-model.ts";

const SHORT = { intervalMs: 1_000, answerMs: 50 };
const LONG = { intervalMs: 10_000, answerMs: 300 };

/** Refused submissions beyond one probe for each poll interval, as a fraction of the accepted ones. */
function avoidable({ intervalMs }: Burst, { refusedAt, acceptedAt, tookMs }: ReturnType<typeof playBurst>): number {
  return Math.max(0, refusedAt.length - tookMs / intervalMs) / acceptedAt.length;
}

/** All places in use until the end, each end seen by the next poll. */
function idealMs({ generations, provider: { places = 1, jobMs }, intervalMs }: Burst): number {
  return Math.ceil(generations / places) * Math.ceil(jobMs / intervalMs) * intervalMs;
}

describe("at a provider that takes few jobs at once, the line", () => {
  it.each<[string, Burst]>([
    ["1 place", { ...SHORT, generations: 30, provider: { places: 1, jobMs: 5_000 } }],
    ["1 place, Retry-After", { ...SHORT, generations: 30, provider: { places: 1, jobMs: 5_000, retryAfterMs: 1_000 } }],
    ["5 places", { ...SHORT, generations: 60, provider: { places: 5, jobMs: 3_000 } }],
    [
      "5 places, Retry-After",
      { ...SHORT, generations: 60, provider: { places: 5, jobMs: 3_000, retryAfterMs: 1_000 } },
    ],
    [
      "5 places, jobs shorter than a poll",
      { ...LONG, answerMs: 50, generations: 60, provider: { places: 5, jobMs: 3_000 } },
    ],
    [
      "5 places, short jobs and polls",
      { intervalMs: 250, answerMs: 20, generations: 500, provider: { places: 5, jobMs: 500 } },
    ],
    ["50 places", { ...LONG, generations: 500, provider: { places: 50, jobMs: 95_000 } }],
    [
      "50 places, Retry-After",
      { ...LONG, generations: 500, provider: { places: 50, jobMs: 95_000, retryAfterMs: 1_000 } },
    ],
    [
      "50 places, a long Retry-After",
      { ...LONG, generations: 500, provider: { places: 50, jobMs: 95_000, retryAfterMs: 30_000 } },
    ],
    ["20 places and 2 a second", { ...LONG, generations: 300, provider: { places: 20, perSecond: 2, jobMs: 95_000 } }],
    ["a number that is set", { ...SHORT, maxConcurrent: 5, generations: 60, provider: { places: 5, jobMs: 3_000 } }],
  ])("uses nine tenths of the places, with few avoidable refusals: %s", (_, burst) => {
    const figures = playBurst(burst);
    expect(idealMs(burst) / figures.tookMs).toBeGreaterThan(0.9);
    expect(avoidable(burst, figures)).toBeLessThan(0.1);
  });

  it("is never refused if the number is set", () => {
    const burst = { ...SHORT, maxConcurrent: 5, generations: 60, provider: { places: 5, jobMs: 3_000 } };
    expect(playBurst(burst).refusedAt).toEqual([]);
  });

  it.each<[string, Burst]>([
    ["jobs of different lengths", { ...LONG, generations: 300, provider: { places: 50, jobMs: 95_000, spread: 0.5 } }],
    [
      "others that come and go",
      {
        ...LONG,
        generations: 60,
        provider: { places: 5, jobMs: 30_000, others: (now) => Math.floor(now / 60_000) % 4 },
      },
    ],
    [
      "short jobs of different lengths",
      { intervalMs: 400, answerMs: 20, generations: 300, provider: { places: 5, jobMs: 3_000, spread: 0.5 } },
    ],
  ])("never stands still while a place is free for longer than two polls: %s", (_, burst) => {
    const figures = playBurst(burst);
    // The time between two probes includes the provider's answer.
    expect(figures.longestIdleMs).toBeLessThanOrEqual(2 * (burst.intervalMs + 2 * burst.answerMs));
    expect(avoidable(burst, figures)).toBeLessThan(0.1);
  });
});

describe("at a provider that changes its limit", () => {
  const jobMs = 95_000;
  const change = (from: number, to: number) => ({
    ...LONG,
    generations: 500,
    provider: { places: from, jobMs },
    changes: { at: 300_000, provider: { places: to, jobMs } },
  });

  it("from 50 to 5 places, the line is refused little, and uses the five", () => {
    const burst = change(50, 5);
    const figures = playBurst(burst);
    expect(avoidable(burst, figures)).toBeLessThan(0.1);
    const after = figures.acceptedAt.filter((at) => at > 400_000);
    const bestMs = (after.length / 5) * 100_000;
    expect(bestMs / (figures.tookMs - 400_000)).toBeGreaterThan(0.9);
  });

  it("from 5 to 50 places, the line uses the fifty within two minutes", () => {
    const burst = change(5, 50);
    const figures = playBurst(burst);
    expect(avoidable(burst, figures)).toBeLessThan(0.1);
    const found = figures.acceptedAt.filter((at) => at > 300_000 && at <= 420_000);
    expect(found.length).toBeGreaterThanOrEqual(50);
  });
});

describe("at a provider that limits the rate of submissions, the line", () => {
  it.each<[string, number, number, Burst]>([
    ["2 a second", 2, 0.75, { ...LONG, generations: 500, provider: { perSecond: 2, jobMs: 95_000 } }],
    [
      "2 a second, Retry-After",
      2,
      0.7,
      { ...LONG, generations: 500, provider: { perSecond: 2, jobMs: 95_000, retryAfterMs: 1_000 } },
    ],
    ["2 a second, short polls", 2, 0.75, { ...SHORT, generations: 300, provider: { perSecond: 2, jobMs: 3_000 } }],
    ["10 a second", 10, 0.75, { ...LONG, generations: 2_000, provider: { perSecond: 10, jobMs: 95_000 } }],
    ["10 a second, short polls", 10, 0.6, { ...SHORT, generations: 1_000, provider: { perSecond: 10, jobMs: 3_000 } }],
  ])("reaches most of it, with few avoidable refusals: %s", (_, perSecond, part, burst) => {
    const figures = playBurst(burst);
    const lastAt = figures.acceptedAt.at(-1) ?? Number.POSITIVE_INFINITY;
    expect(burst.generations / (lastAt / 1_000) / perSecond).toBeGreaterThan(part);
    expect(avoidable(burst, figures)).toBeLessThan(0.1);
  });
});
