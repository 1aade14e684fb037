import { describe, expect, it } from "vitest";
import {
  afterAccepted,
  afterFreed,
  afterGrants,
  afterRefused,
  afterUnknown,
  type Capacity,
  type CapacitySettings,
  grantable,
  nextGrantAt,
  type Situation,
  UNKNOWN_CAPACITY,
  withLastTry,
} from "../../../src/core/queue/capacity.ts";

const T0 = 1_000_000;
const INTERVAL = 10_000;
const SETTINGS: CapacitySettings = { intervalMs: INTERVAL, maxConcurrent: 0 };

const at = (after: number, running = 0, granted = 0, settings = SETTINGS): Situation => ({
  places: { running, granted },
  settings,
  now: T0 + after,
});

/** The provider refused a submission while `running` places were held. */
function full(running: number, retryAfterMs: number | null = null, change: Partial<Capacity> = {}): Capacity {
  const before = { ...UNKNOWN_CAPACITY, ...change };
  return afterRefused(before, { retryAfterMs, grantedAt: T0 }, at(0, running));
}

/** Each of these was accepted, one after the other, a second apart. */
function accepting(capacity: Capacity, from: number, to: number, after = INTERVAL): Capacity {
  let learned = capacity;
  for (let running = from; running <= to; running++) {
    const now = after + (running - from) * 1_000;
    learned = afterAccepted(afterGrants(learned, T0 + now), at(now, running));
  }
  return learned;
}

describe("before the provider has refused anything", () => {
  it.each([
    ["eight at once", at(0), 8],
    ["fewer while some wait for their answers", at(0, 100, 5), 3],
    ["all that PROVIDER_MAX_CONCURRENT leaves", at(0, 2, 1, { ...SETTINGS, maxConcurrent: 5 }), 2],
    ["none beyond PROVIDER_MAX_CONCURRENT", at(0, 5, 1, { ...SETTINGS, maxConcurrent: 5 }), 0],
  ])("turns are granted: %s", (_, situation, turns) => {
    expect(grantable(UNKNOWN_CAPACITY, situation)).toBe(turns);
  });
});

describe("after a refusal", () => {
  it.each<[string, Capacity, Situation, number]>([
    ["nothing is tried before the probe", full(5), at(INTERVAL - 1, 5), 0],
    ["one probe is sent a poll interval later", full(5), at(INTERVAL, 5), 1],
    ["nothing more is sent while the probe is on its way", afterGrants(full(5), T0 + INTERVAL), at(INTERVAL, 5, 1), 0],
    ["a place that was given back is tried at once", full(5), at(1, 4), 1],
    ["but not without credit", full(5, null, { credit: 1.9 }), at(1, 5), 0],
    ["Retry-After holds everything up", full(5, 30_000), at(29_999, 0), 0],
    ["the probe comes right after Retry-After", full(5, 30_000), at(30_000, 5), 1],
    ["a Retry-After that is shorter than the interval allows an early try", full(5, 1_000), at(1_000, 5), 1],
    ["a Retry-After of a day holds up the line for an hour", full(5, 86_400_000), at(3_600_000, 5), 1],
    ["PROVIDER_MAX_CONCURRENT is kept", full(5), at(INTERVAL, 5, 0, { ...SETTINGS, maxConcurrent: 5 }), 0],
  ])("%s", (_, capacity, situation, turns) => {
    expect(grantable(capacity, situation)).toBe(turns);
  });

  it("an early try costs credit, and a probe costs none", () => {
    const tried = { retryAfterMs: null, grantedAt: T0 + 5_000 };
    const early = afterRefused({ ...full(5), credit: 1.5 }, tried, at(5_000, 4));
    expect(early.credit).toBe(0.5);
    expect(grantable(early, at(5_001, 3))).toBe(0);
    expect(afterRefused({ ...full(5), credit: 1.5 }, tried, at(INTERVAL, 5)).credit).toBe(1.5);
  });

  it("at most as many fit as places were held", () => {
    expect(full(5).concurrency.most).toBe(5);
    expect(afterRefused(full(5), { retryAfterMs: null, grantedAt: T0 + 1 }, at(1, 3)).concurrency.most).toBe(3);
  });

  it("refusals of what was on its way only lower the number", () => {
    const first = full(5, null, { credit: 1 });
    const second = afterRefused(first, { retryAfterMs: null, grantedAt: T0 - 1 }, at(50, 4));
    expect(second).toEqual({ ...first, concurrency: { ...first.concurrency, most: 4 } });
  });

  it.each([
    ["the end of a pause", full(5, 30_000), at(0, 5), 30_000],
    ["the probe", full(5), at(0, 5), INTERVAL],
    ["the next probe while a turn waits for its answer", full(5), at(0, 5, 1), INTERVAL],
    ["nothing that PROVIDER_MAX_CONCURRENT forbids", full(5), at(0, 5, 0, { ...SETTINGS, maxConcurrent: 5 }), null],
  ])("the line wakes for %s", (_, capacity, situation, after) => {
    expect(nextGrantAt(capacity, situation)).toBe(after === null ? null : T0 + after);
  });
});

describe("a probe that is accepted", () => {
  it("shows that one more fits, and is followed by others one after the other", () => {
    const more = accepting(full(5), 6, 6);
    expect(more.concurrency.most).toBe(6);
    expect(grantable(more, at(INTERVAL + 1, 6))).toBe(1);
    expect(grantable(more, at(INTERVAL + 1, 6, 1))).toBe(0);
  });

  it("is followed by a tenth of those accepted in a row", () => {
    const capacity = { ...accepting(full(5), 6, 45) };
    expect(capacity.accepted).toBe(40);
    expect(grantable(capacity, at(60_000, 45))).toBe(4);
  });

  it("fills the places that should be free at once", () => {
    const capacity = { ...full(50), isFull: false };
    expect(grantable(capacity, at(1, 45))).toBe(5);
    expect(grantable(capacity, at(1, 20))).toBe(8);
  });

  it("grants fewer at once after a place that should be free was refused", () => {
    const capacity = { ...full(50), isFull: false };
    const refused = afterRefused(capacity, { retryAfterMs: null, grantedAt: T0 + 1 }, at(2, 20, 7));
    expect(refused.concurrency.window).toBe(4);
    const wider = accepting({ ...refused, isFull: false }, 21, 24);
    expect(wider.concurrency.window).toBe(5);
  });
});

describe("a job that ends", () => {
  it("frees a place", () => {
    const capacity = afterFreed({ ...full(5), isFull: false }, at(1, 4));
    expect(capacity.concurrency.most).toBe(5);
    expect(grantable(capacity, at(1, 4))).toBe(1);
  });

  it("frees none if a submission has taken its place before its end was seen", () => {
    const taken = afterFreed(accepting(full(5), 6, 6), at(INTERVAL + 3_000, 5));
    expect(taken.concurrency.most).toBe(5);
    const second = afterFreed(taken, at(INTERVAL + 4_000, 4));
    expect(second.concurrency.most).toBe(5);
  });

  it("frees one if nothing was accepted in the last poll interval", () => {
    expect(afterFreed(accepting(full(5), 6, 6), at(2 * INTERVAL, 5)).concurrency.most).toBe(6);
  });
});

describe("the last try before a deadline", () => {
  it.each([
    ["cuts a pause short", T0 + 60_000, T0 + 60_000],
    ["changes nothing after the pause", T0 + 700_000, T0 + 600_000],
    ["was made before the refusal", T0 - 1, T0 + 600_000],
    ["is not needed", null, T0 + 600_000],
  ])("%s", (_, lastTryAt, nextAt) => {
    expect(nextGrantAt(withLastTry(full(5, 600_000), lastTryAt), at(0, 5))).toBe(nextAt);
  });

  it("ends the pause if it is accepted, but an answer that was on its way does not", () => {
    const paused = full(5, 600_000);
    expect(grantable(afterAccepted(paused, at(100, 6)), at(INTERVAL, 6))).toBe(0);
    expect(grantable(accepting(paused, 6, 6, 60_000), at(60_001, 6))).toBe(1);
  });
});

describe("the rate of submissions", () => {
  /** The provider refuses a submission after `accepted` ones within a second, and takes another after each pause. */
  function helpedTwice(): Capacity {
    const once = accepting(full(5), 6, 9);
    const again = afterRefused(once, { retryAfterMs: null, grantedAt: T0 + 14_000 }, at(14_000, 9));
    return accepting(again, 10, 10, 24_000);
  }

  it("is the limit once waiting alone has helped twice, and starts with the average of the last run", () => {
    expect(accepting(full(5), 6, 6).pace.gapMs).toBe(0);
    // Four in 4 s.
    expect(helpedTwice().pace.gapMs).toBe(1_000);
    expect(grantable(helpedTwice(), at(24_999, 10))).toBe(0);
    expect(grantable(helpedTwice(), at(25_000, 10))).toBe(1);
  });

  it("is not the limit if places were given back in the meantime", () => {
    const once = accepting(full(5), 6, 9);
    const again = afterRefused(once, { retryAfterMs: null, grantedAt: T0 + 14_000 }, at(14_000, 9));
    expect(accepting(afterFreed(again, at(30_000, 8)), 9, 9, 34_000).pace.gapMs).toBe(0);
  });

  it("is raised with each acceptance, and lowered by a refusal", () => {
    const paced = helpedTwice();
    expect(accepting(paced, 11, 11, 26_000).pace.gapMs).toBeLessThan(1_000);
    const refused = afterRefused(paced, { retryAfterMs: null, grantedAt: T0 + 25_000 }, at(25_000, 10));
    expect(refused.pace.gapMs).toBe(1_250);
  });

  it.each([
    ["none before the gap has passed", 200, 199, 0],
    ["one after the gap", 200, 200, 1],
    ["one after any longer time, because turns are not saved up", 200, 60_000, 1],
    ["several if the gap is shorter than alarms are late", 20, 60, 3],
    ["those of a tenth of a second at most", 20, 60_000, 5],
  ])("allows turns: %s", (_, gapMs, since, turns) => {
    const paced = helpedTwice();
    const capacity = { ...paced, pace: { ...paced.pace, gapMs }, grantedAt: T0 + 30_000 };
    expect(grantable(capacity, at(30_000 + since, 10))).toBe(turns);
  });

  it("is not the limit any more once the gap is tiny", () => {
    const paced = helpedTwice();
    const capacity = { ...paced, pace: { ...paced.pace, gapMs: 5 } };
    expect(accepting(capacity, 11, 11, 30_000).pace.gapMs).toBe(0);
  });

  it("is tried again after a second, then after longer waits, within the credit", () => {
    let capacity: Capacity = { ...helpedTwice(), credit: 3 };
    let now = 25_000;
    const waits: number[] = [];
    for (let refusal = 1; refusal <= 4; refusal++) {
      capacity = afterRefused(capacity, { retryAfterMs: null, grantedAt: T0 + now }, at(now, 10));
      const next = nextGrantAt(capacity, at(now, 10)) ?? Number.NaN;
      waits.push(next - T0 - now);
      now = next - T0;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, INTERVAL]);
  });

  it("is not the limit any more if waiting for a whole poll interval does not help", () => {
    const paced = { ...helpedTwice(), credit: 0 };
    const once = afterRefused(paced, { retryAfterMs: null, grantedAt: T0 + 25_000 }, at(25_000, 10));
    expect(once.pace.gapMs).toBeGreaterThan(0);
    const twice = afterRefused(once, { retryAfterMs: null, grantedAt: T0 + 35_000 }, at(35_000, 10));
    expect(twice.pace.gapMs).toBe(0);
  });

  it("does not hold up the line for longer than a poll interval, in case it is wrong", () => {
    const slow = { ...UNKNOWN_CAPACITY, grantedAt: T0, pace: { ...UNKNOWN_CAPACITY.pace, gapMs: 10 * INTERVAL } };
    expect(grantable(slow, at(INTERVAL - 1, 0))).toBe(0);
    expect(grantable(slow, at(INTERVAL, 0))).toBe(1);
    expect(nextGrantAt(slow, at(1, 0))).toBe(T0 + INTERVAL);
  });

  it("has its next turn at a time at which it may be granted, whatever the gap", () => {
    const now = Date.UTC(2026, 10, 22, 12);
    for (let gapMs = 10; gapMs < 5_000; gapMs *= 1.0123) {
      const paced = { ...UNKNOWN_CAPACITY, grantedAt: now, pace: { ...UNKNOWN_CAPACITY.pace, gapMs } };
      const situation = { ...at(0, 1), now };
      const next = nextGrantAt(paced, situation) ?? 0;
      expect(grantable(paced, { ...situation, now: next })).toBeGreaterThan(0);
      expect(next - now).toBeLessThanOrEqual(Math.ceil(gapMs));
    }
  });
});

describe("a submission of unknown outcome", () => {
  const unknownTimes = (count: number): Capacity => {
    let learned = afterGrants(UNKNOWN_CAPACITY, T0);
    for (let time = 0; time < count; time++) learned = afterUnknown(learned, at(0, time));
    return learned;
  };

  it.each([
    [1, INTERVAL],
    [2, INTERVAL],
    [3, 2 * INTERVAL],
    [4, 4 * INTERVAL],
    [9, 60_000],
  ])("pauses the line, longer with each in a row: %i, %i ms", (count, pauseMs) => {
    const learned = unknownTimes(count);
    expect(grantable(learned, at(pauseMs - 1, count))).toBe(0);
    expect(grantable(learned, at(pauseMs, count))).toBeGreaterThan(0);
    expect(nextGrantAt(learned, at(0, count))).toBe(T0 + pauseMs);
  });

  it("lets fewer turns be taken at once afterwards", () => {
    expect(grantable(unknownTimes(4), at(60_000, 4))).toBe(1);
  });

  it("no longer counts once the provider has answered", () => {
    const answered = afterAccepted(afterGrants(unknownTimes(5), T0 + 60_000), at(60_000, 6));
    expect(grantable(afterUnknown(answered, at(60_000, 6)), at(60_000 + INTERVAL, 6))).toBeGreaterThan(0);
  });
});

describe("a submission whose answer takes long", () => {
  it("does not hold up the next probe by more than a poll interval", () => {
    const probing = afterGrants(full(5), T0 + INTERVAL);
    expect(grantable(probing, at(2 * INTERVAL - 1, 5, 1))).toBe(0);
    expect(grantable(probing, at(2 * INTERVAL, 5, 1))).toBe(1);
    expect(nextGrantAt(probing, at(INTERVAL, 5, 1))).toBe(T0 + 2 * INTERVAL);
  });
});
