import { describe, expect, it } from "vitest";
import { Lender } from "../../src/memory/lender.ts";

const never = new AbortController().signal;

/** A lender of 100 bytes with a fake clock: each wait advances the clock and calls `turn`. */
function lender() {
  const clock = { time: 0, turn: () => {} };
  const deps = {
    now: () => clock.time,
    sleep: async (ms: number) => {
      clock.time += ms;
      clock.turn();
    },
  };
  return { clock, memory: new Lender(100, deps) };
}

describe("shared memory", () => {
  it("is lent at once while there is room, otherwise once a loan is released", async () => {
    const { clock, memory } = lender();
    const [first] = [await memory.lend(60, never), await memory.lend(40, never)];
    expect(clock.time).toBe(0);
    clock.turn = () => clock.time === 500 && first.release();
    await memory.lend(50, never);
    expect(clock.time).toBe(500);
  });

  it("is reclaimed from loans that are not renewed, and not from those that are", async () => {
    const { clock, memory } = lender();
    const dead = await memory.lend(50, never);
    const alive = await memory.lend(50, never);
    clock.turn = () => alive.renew();
    await memory.lend(50, never);
    expect(clock.time).toBeGreaterThan(60_000);
    const waiting = memory.lend(50, AbortSignal.abort(new Error("canceled")));
    await expect(waiting).rejects.toThrow("canceled");
    dead.release();
  });

  it("counts a forgotten loan again once it is renewed, unless it was released", async () => {
    const { clock, memory } = lender();
    const slow = await memory.lend(60, never);
    clock.time += 60_001;
    const other = await memory.lend(50, never);
    slow.renew();
    other.release();
    clock.turn = () => clock.time === 61_001 && slow.release();
    await memory.lend(50, never);
    expect(clock.time).toBe(61_001);
    slow.renew();
    await memory.lend(50, never);
    expect(clock.time).toBe(61_001);
  });

  it("is available to others after a loan shrinks", async () => {
    const { clock, memory } = lender();
    (await memory.lend(100, never)).resize(1);
    await memory.lend(99, never);
    expect(clock.time).toBe(0);
  });

  it("is lent to a single loan that exceeds the budget", async () => {
    const { clock, memory } = lender();
    await memory.lend(500, never);
    expect(clock.time).toBe(0);
  });
});

it("limits the tries per second of thousands of waiting copies", async () => {
  const sleepers: { at: number; wake: () => void }[] = [];
  let now = 0;
  const sleep = (ms: number) => new Promise<void>((wake) => void sleepers.push({ at: now + ms, wake }));
  let tries = 0;
  const lender = new Lender(100, {
    now: () => now,
    sleep: (ms) => {
      tries++;
      return sleep(ms);
    },
  });
  let served = 0;
  const copy = async () => {
    const loan = await lender.lend(20, new AbortController().signal);
    await sleep(100);
    loan.release();
    served++;
  };
  const copies = Array.from({ length: 2_000 }, copy);
  while (served < copies.length) {
    sleepers.sort((a, b) => b.at - a.at);
    const next = sleepers.pop();
    now = next?.at ?? now;
    next?.wake();
    for (let tick = 0; tick < 6; tick++) await Promise.resolve();
  }
  await Promise.all(copies);
  // Memory allows 50 copies a second.
  expect(now).toBeGreaterThanOrEqual(40_000);
  expect(now).toBeLessThan(60_000);
  expect(tries / (now / 1000)).toBeLessThan(1_500);
});
