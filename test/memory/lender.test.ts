import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lender, type Loan } from "../../src/memory/lender.ts";

const never = new AbortController().signal;

/** Lends 100 bytes, with a fake clock. Loans of 10 bytes are small. */
function world() {
  /** The next to wake is the last one. */
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const clock = { time: 0, tries: 0, isDead: false };
  const sleep = (ms: number) =>
    new Promise<void>((wake) => {
      const at = clock.time + ms;
      sleepers.splice(1 + sleepers.findLastIndex((other) => other.at > at), 0, { at, wake });
    });
  const deps = {
    now: () => clock.time,
    sleep: (ms: number) => {
      clock.tries++;
      return clock.isDead ? new Promise<void>(() => {}) : sleep(ms);
    },
  };
  /** Wakes all that sleep until this time, in order. */
  async function pass(ms: number): Promise<void> {
    const end = clock.time + ms;
    await settled();
    for (;;) {
      if ((sleepers.at(-1)?.at ?? Number.POSITIVE_INFINITY) > end) break;
      const next = sleepers.pop();
      clock.time = Math.max(clock.time, next?.at ?? 0);
      next?.wake();
      await settled();
    }
    clock.time = end;
  }
  const memory = new Lender({ budget: 100, small: 10 }, deps);
  /** Asks for a loan. */
  function ask(bytes: number, signal = never) {
    const asked: { loan: Loan | null } = { loan: null };
    memory.lend(bytes, signal).then(
      (loan) => {
        asked.loan = loan;
      },
      () => {},
    );
    return asked;
  }
  return { clock, sleep, pass, memory, ask };
}

/** Runs what has been awaited and is not asleep. */
async function settled(): Promise<void> {
  for (let tick = 0; tick < 6; tick++) await Promise.resolve();
}

const granted = (asked: readonly { readonly loan: Loan | null }[]) => asked.map(({ loan }) => loan !== null);

describe("shared memory", () => {
  it("is lent at once while there is room, otherwise once a loan is released or shrinks", async () => {
    const { pass, ask } = world();
    const [first, second, third, fourth] = [ask(50), ask(50), ask(50), ask(30)];
    await pass(1_000);
    expect(granted([first, second, third, fourth])).toEqual([true, true, false, false]);
    first.loan?.release();
    await pass(100);
    expect(granted([third, fourth])).toEqual([true, false]);
    expect(third.loan?.resize(20)).toBe(true);
    await pass(100);
    expect(granted([fourth])).toEqual([true]);
  });

  it("is lent to who came first, not to who asks for less", async () => {
    const { pass, ask } = world();
    const lent = [ask(40), ask(40), ask(20)];
    const [large, medium] = [ask(50), ask(20)];
    await pass(1_000);
    lent[2]?.loan?.release();
    const late = ask(15);
    await pass(1_000);
    expect(granted([large, medium, late])).toEqual([false, false, false]);
    lent[0]?.loan?.release();
    await pass(1_000);
    expect(granted([large, medium, late])).toEqual([true, false, false]);
  });

  it("is left to small loans that wait", async () => {
    const { pass, ask } = world();
    const lent = [ask(50), ask(50)];
    const [large, ...small] = [ask(50), ask(10), ask(10), ask(10)];
    await pass(100);
    lent[0]?.loan?.release();
    await pass(100);
    expect(granted([large, ...small])).toEqual([false, true, true, true]);
    lent[1]?.loan?.release();
    await pass(100);
    expect(granted([large, ...small])).toEqual([true, true, true, true]);
  });

  it("grows if there is room now and nobody waits for it", async () => {
    const { pass, ask } = world();
    const lent = [ask(5), ask(50), ask(30)];
    await settled();
    expect([16, 20, 15].map((bytes) => lent[0]?.loan?.resize(bytes))).toEqual([true, true, true]);
    expect(lent[0]?.loan?.resize(21)).toBe(false);
    expect([15, 10].map((bytes) => lent[2]?.loan?.resize(bytes))).toEqual([true, true]);
    const waiting = ask(50);
    await pass(100);
    expect(granted([waiting])).toEqual([false]);
    // It has grown beyond a small one, and others wait for these.
    expect([16, 15].map((bytes) => lent[0]?.loan?.resize(bytes))).toEqual([false, true]);
  });

  it("is reclaimed from loans that are not renewed, and not from those that are", async () => {
    const { pass, ask } = world();
    const [dead, alive] = [ask(50), ask(50)];
    await settled();
    const waiting = ask(50);
    for (let second = 0; second < 60; second++) {
      await pass(1_000);
      alive.loan?.renew();
    }
    expect(granted([waiting])).toEqual([false]);
    const next = ask(50);
    await pass(1_000);
    expect(granted([waiting, next])).toEqual([true, false]);
    dead.loan?.release();
  });

  it("counts a forgotten loan again once it is renewed, unless it was released", async () => {
    const { pass, ask } = world();
    const slow = [ask(50), ask(50)];
    await pass(60_001);
    const other = ask(50);
    await settled();
    for (const { loan } of slow) loan?.renew();
    other.loan?.release();
    const next = ask(50);
    await pass(1_000);
    expect(granted([other, next])).toEqual([true, false]);
    slow[0]?.loan?.release();
    slow[0]?.loan?.renew();
    await pass(100);
    expect(granted([next])).toEqual([true]);
  });

  it("is not kept for waiters that were canceled", async () => {
    const { pass, memory, ask } = world();
    const lent = [ask(50), ask(50)];
    const cancel = new AbortController();
    const waiting = Promise.allSettled(Array.from({ length: 300 }, () => memory.lend(50, cancel.signal)));
    await pass(10);
    lent[0]?.loan?.release();
    cancel.abort(new Error("canceled"));
    const next = ask(50);
    await settled();
    // They still sleep, some for seconds.
    expect(granted([next])).toEqual([true]);
    await pass(5_000);
    expect(await waiting).toContainEqual({ status: "rejected", reason: new Error("canceled") });
    await expect(memory.lend(1, cancel.signal)).rejects.toThrow("canceled");
  });

  it("is not kept for a waiter that died, nor for one from before the clock was set back", async () => {
    const { clock, pass, ask } = world();
    clock.time = 3_600_000;
    const lent = [ask(50), ask(50)];
    await settled();
    for (const [turn, setBackMs] of [0, 3_000_000].entries()) {
      clock.isDead = true;
      ask(50);
      await settled();
      clock.isDead = false;
      clock.time -= setBackMs;
      const next = ask(50);
      await pass(100);
      lent[turn]?.loan?.release();
      await pass(100);
      expect(granted([next])).toEqual([setBackMs > 0]);
      await pass(2_000);
      expect(granted([next])).toEqual([true]);
    }
  });

  it("refuses a loan of more than half, which others could keep out for ever", async () => {
    await expect(world().memory.lend(51, never)).rejects.toThrow(RangeError);
  });
});

/** One that borrows and gives back. `growsTo`: what it wants once it has a loan, as a copy that has learned its length. */
interface Borrower {
  readonly bytes: number;
  readonly growsTo: number;
  readonly holdsMs: number;
}

describe("a mix of small and large loans", () => {
  /** Runs borrowers that come at these times, and checks what is lent whenever that changes. */
  function crowd() {
    const { clock, sleep, pass, memory } = world();
    const lent = new Set<{ bytes: number; isSmall: boolean }>();
    /** In the order in which they came. */
    const waiting = new Set<{ readonly bytes: number; readonly isSmall: boolean }>();
    const sum = (loans: readonly { readonly bytes: number }[]) => loans.reduce((all, { bytes }) => all + bytes, 0);
    function check() {
      expect(sum([...lent])).toBeLessThanOrEqual(100);
      expect(sum([...lent].filter(({ isSmall }) => isSmall))).toBeLessThanOrEqual(50);
    }
    async function run({ bytes, growsTo, holdsMs }: Borrower): Promise<void> {
      const mine = { bytes, isSmall: bytes <= 10 };
      waiting.add(mine);
      const loan = await memory.lend(bytes, never);
      const all = [...waiting];
      const before = all.slice(0, all.indexOf(mine)).filter(({ isSmall }) => isSmall === mine.isSmall);
      waiting.delete(mine);
      lent.add(mine);
      check();
      // It took nothing that those before it could have.
      expect(sum(before) + sum([...lent])).toBeLessThanOrEqual(100);
      await sleep(holdsMs / 2);
      if (loan.resize(growsTo)) Object.assign(mine, { bytes: growsTo, isSmall: mine.isSmall && growsTo <= 10 });
      check();
      await sleep(holdsMs / 2);
      loan.release();
      lent.delete(mine);
    }
    return { clock, pass, run };
  }

  it("never exceeds the budget, leaves large ones half, and takes nothing from those who wait already", async () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 11, max: 50 }));
    const borrower = fc.record({ bytes: size, growsTo: size, holdsMs: fc.integer({ min: 0, max: 2_000 }) });
    const arrivals = fc.array(fc.tuple(fc.nat(200), borrower), { minLength: 20, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        const { pass, run } = crowd();
        const done: Promise<void>[] = [];
        for (const [ms, each] of all) {
          await pass(ms);
          done.push(run(each));
        }
        await pass(all.length * 3_000);
        await Promise.all(done);
      }),
      { numRuns: 50 },
    );
  });

  const small: Borrower = { bytes: 10, growsTo: 10, holdsMs: 300 };
  /** Grows soon after others give back. */
  const growing: Borrower = { bytes: 1, growsTo: 20, holdsMs: 270 };
  const large: Borrower = { bytes: 50, growsTo: 50, holdsMs: 300 };
  const MIXES: readonly (readonly [string, Borrower, readonly Borrower[]])[] = [
    ["a large one", large, [small, small]],
    ["a large one", large, [growing, growing, growing]],
    ["a small one", small, [large, large]],
    ["a medium one", { ...large, bytes: 11 }, [large, small, growing]],
  ];
  it.each(MIXES)("lets %s in, however many others come", async (_, wanted, others) => {
    const { pass, run, clock } = crowd();
    /** Far more than there is room for. */
    async function press(ms: number): Promise<void> {
      for (const end = clock.time + ms; clock.time < end; await pass(20)) {
        for (const other of others) void run(other);
      }
    }
    await press(300);
    let isServed = false;
    void run(wanted).then(() => {
      isServed = true;
    });
    // Those in front of it in its own line go first.
    await press(10_000);
    expect(isServed).toBe(true);
  });
});

it("limits the tries per second of thousands of waiting copies", async () => {
  const { clock, pass, sleep, memory } = world();
  let served = 0;
  const copy = async () => {
    const loan = await memory.lend(20, never);
    await sleep(100);
    loan.release();
    served++;
  };
  const copies = Array.from({ length: 2_000 }, copy);
  while (served < copies.length) await pass(1_000);
  // Memory allows 50 copies a second.
  expect(clock.time).toBeGreaterThanOrEqual(40_000);
  expect(clock.time).toBeLessThan(60_000);
  expect(clock.tries / (clock.time / 1000)).toBeLessThan(1_500);
});
