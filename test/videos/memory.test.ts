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
