import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BodyLoan, FairLender } from "../../src/memory/fair-lender.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Asks for a loan, and renews it each second until it is released. */
function ask(memory: FairLender, bytes: number, account: string) {
  const asked: { loan?: BodyLoan | null; isRecalled?: boolean; release(): void } = { release: () => {} };
  void memory.lend(bytes, account).then((loan) => {
    asked.loan = loan;
    if (loan === null) return;
    const renewal = setInterval(() => {
      asked.isRecalled = !loan.renew();
    }, 1_000);
    asked.release = () => {
      clearInterval(renewal);
      loan.release();
    };
  });
  return asked;
}

describe("memory shared by accounts", () => {
  it("is lent at once while there is room, otherwise once a loan is released or shrinks", async () => {
    const memory = new FairLender(100);
    const [first, second] = [ask(memory, 60, "a"), ask(memory, 40, "b")];
    const third = ask(memory, 50, "a");
    const fourth = ask(memory, 49, "b");
    await pass(500);
    expect([first.loan, second.loan]).not.toContain(undefined);
    expect([third.loan, fourth.loan]).toEqual([undefined, undefined]);
    second.release();
    first.loan?.settle(1);
    await pass(200);
    expect([third.loan, fourth.loan]).not.toContain(undefined);
  });

  it("is refused after ten seconds, and at once to an account with 500 waiters", async () => {
    const memory = new FairLender(100);
    ask(memory, 100, "a");
    const waiting = Array.from({ length: 500 }, () => ask(memory, 1, "a"));
    await pass(5_000);
    const [next, other] = [ask(memory, 1, "a"), ask(memory, 1, "b")];
    await pass(0);
    expect([next.loan, other.loan]).toEqual([null, undefined]);
    await pass(4_000);
    expect(waiting.every(({ loan }) => loan === undefined)).toBe(true);
    await pass(1_000);
    expect(waiting.every(({ loan }) => loan === null)).toBe(true);
  });

  it("goes to the account that has used the least lately, not to the one that asks the most", async () => {
    const memory = new FairLender(100);
    const greedy = Array.from({ length: 50 }, () => ask(memory, 100, "greedy"));
    await pass(1_000);
    const modest = Array.from({ length: 5 }, () => ask(memory, 50, "modest"));
    await pass(500);
    greedy[0]?.release();
    for (const each of modest) {
      await pass(300);
      expect(each.loan).toBeInstanceOf(Object);
      each.release();
    }
    await pass(300);
    expect(greedy.filter(({ loan }) => loan !== undefined)).toHaveLength(2);
  });

  it("is taken back from bodies that are still arriving, of accounts that used more, and only as much as needed", async () => {
    const memory = new FairLender(100);
    const arrived = ask(memory, 20, "a");
    await pass(0);
    arrived.loan?.settle(20);
    await pass(1_000);
    const [oldest, newest, own] = [ask(memory, 30, "a"), ask(memory, 30, "a"), ask(memory, 20, "b")];
    await pass(1_000);
    const waiting = ask(memory, 25, "b");
    await pass(4_900);
    expect(oldest.isRecalled).toBe(false);
    await pass(1_200);
    const all = [arrived, oldest, newest, own];
    expect(all.map(({ isRecalled }) => isRecalled)).toEqual([false, true, false, false]);
    oldest.release();
    await pass(200);
    expect(waiting.loan).toBeInstanceOf(Object);
  });

  it("is not kept from others by an account that asks for more than there is, again and again", async () => {
    const memory = new FairLender(100);
    ask(memory, 60, "slow");
    const before = ask(memory, 30, "modest");
    await pass(1_000);
    before.release();
    // It has used nothing, so that it is its turn.
    ask(memory, 100, "greedy");
    await pass(500);
    const modest = ask(memory, 30, "modest");
    await pass(1_000);
    expect(modest.loan).toBeInstanceOf(Object);
    modest.release();
    ask(memory, 100, "greedy");
    await pass(100);
    const again = ask(memory, 30, "modest");
    await pass(200);
    expect(again.loan).toBeInstanceOf(Object);
  });

  it("is lent to smaller bodies while a large one of the same account waits", async () => {
    const memory = new FairLender(100);
    ask(memory, 60, "a");
    const large = ask(memory, 100, "a");
    await pass(500);
    const small = ask(memory, 30, "a");
    await pass(200);
    expect([large.loan, small.loan]).toEqual([undefined, expect.any(Object)]);
  });

  it("is not taken back if that would not be enough", async () => {
    const memory = new FairLender(100);
    const arrived = ask(memory, 60, "a");
    await pass(0);
    arrived.loan?.settle(60);
    const arriving = ask(memory, 40, "a");
    const waiting = ask(memory, 50, "b");
    await pass(11_000);
    expect([arriving.isRecalled, waiting.loan]).toEqual([false, null]);
  });

  it("is reclaimed from loans that are not renewed, and its turn from waiters that died", async () => {
    const memory = new FairLender(100);
    const dead = await memory.lend(100, "a");
    await pass(14_000);
    const waiting = ask(memory, 100, "b");
    await pass(2_000);
    expect(waiting.loan).toBeInstanceOf(Object);
    dead?.renew();
    waiting.release();
    const next = ask(memory, 1, "b");
    await pass(200);
    // The dead one counts again.
    expect(next.loan).toBeUndefined();
    dead?.release();
    dead?.renew();
    await pass(200);
    expect(next.loan).toBeInstanceOf(Object);
  });

  it("is lent to others when the next waiter has died", async () => {
    let isDying = true;
    const sleep = (ms: number) =>
      isDying ? new Promise<void>(() => {}) : new Promise<void>((resolve) => setTimeout(resolve, ms));
    const memory = new FairLender(100, { now: () => Date.now(), sleep });
    const first = ask(memory, 100, "a");
    await pass(1_000);
    void memory.lend(1, "b");
    isDying = false;
    first.release();
    const other = ask(memory, 1, "a");
    await pass(1_000);
    expect(other.loan).toBeUndefined();
    await pass(300);
    expect(other.loan).toBeInstanceOf(Object);
  });
});
