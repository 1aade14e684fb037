import { describe, expect, it } from "vitest";
import { Lender } from "../../src/videos/memory.ts";

const never = new AbortController().signal;

/** A lender of 100 whose clock the test turns: each wait is a turn of it. */
function lender() {
  const clock = { time: 0, turn: () => {} };
  const deps = {
    now: () => clock.time,
    sleep: async (ms: number) => {
      clock.time += ms;
      clock.turn();
    },
  };
  return { clock, memory: new Lender(deps, 100) };
}

describe("memory that copies share", () => {
  it("is lent at once while there is room, and otherwise when somebody gives back", async () => {
    const { clock, memory } = lender();
    const [first] = [await memory.lend(60, never), await memory.lend(40, never)];
    expect(clock.time).toBe(0);
    clock.turn = () => clock.time === 500 && first.release();
    await memory.lend(50, never);
    expect(clock.time).toBe(500);
  });

  it("comes back from those who died, and not from those who use it", async () => {
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

  it("that was taken for forgotten counts again once it is used, unless it was given back", async () => {
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

  it("that is not needed after all is there for others", async () => {
    const { clock, memory } = lender();
    (await memory.lend(100, never)).resize(1);
    await memory.lend(99, never);
    expect(clock.time).toBe(0);
  });

  it("is lent to one alone that wants more than there is", async () => {
    const { clock, memory } = lender();
    await memory.lend(500, never);
    expect(clock.time).toBe(0);
  });
});

it("lets thousands wait without their asking taking all the time", async () => {
  const sleepers: { at: number; wake: () => void }[] = [];
  let now = 0;
  const sleep = (ms: number) => new Promise<void>((wake) => void sleepers.push({ at: now + ms, wake }));
  let tries = 0;
  const lender = new Lender(
    {
      now: () => now,
      sleep: (ms) => {
        tries++;
        return sleep(ms);
      },
    },
    100,
  );
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
  // Fifty copies a second are what the memory allows.
  expect(now).toBeGreaterThanOrEqual(40_000);
  expect(now).toBeLessThan(60_000);
  expect(tries / (now / 1000)).toBeLessThan(1_500);
});
