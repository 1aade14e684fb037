import { describe, expect, it } from "vitest";
import { type Head, nextInTurn, speedAfterAccepted, speedAtStart, turnsBefore } from "../../../src/core/queue/turns.ts";

function head(account: string, lastTurn: number, createdAt: number, id = account): Head {
  return { account, lastTurn, createdAt, id };
}

describe("the next turn", () => {
  it.each([
    ["nobody's if nobody waits", [], undefined],
    ["the only one's", [head("a", 7, 5)], "a"],
    ["the account's whose last turn is the longest ago", [head("a", 3, 1), head("b", 2, 9)], "b"],
    ["an account's that had none, before all that had one", [head("a", 1, 1), head("b", 0, 9)], "b"],
    ["the older generation's if neither account had one", [head("a", 0, 9), head("b", 0, 1)], "b"],
    ["the lower id's if both were accepted at once", [head("a", 0, 1, "2"), head("b", 0, 1, "1")], "b"],
  ])("is %s", (_, heads, account) => {
    expect(nextInTurn(heads)?.account).toBe(account);
    expect(nextInTurn([...heads].reverse())?.account).toBe(account);
  });
});

describe("the turns before a place in line", () => {
  it.each([
    [1, [], 0],
    [5, [], 4],
    [1, [1_000], 1],
    [3, [1_000], 5],
    [3, [1], 3],
    [2, [1, 5, 2], 6],
  ])("of position %i, with %j in the other accounts, are %i", (position, others, turns) => {
    expect(turnsBefore(position, others)).toBe(turns);
  });
});

describe("how fast a line moves", () => {
  it("is unknown at its start, then the average time between accepted submissions", () => {
    const start = speedAtStart(1_000);
    expect(start.turnMs).toBeNull();
    const first = speedAfterAccepted(start, 4_000);
    expect(first).toEqual({ acceptedAt: 4_000, turnMs: 3_000 });
    expect(speedAfterAccepted(first, 17_000).turnMs).toBeCloseTo(4_000);
  });

  it("is never negative, even if the clock is set back", () => {
    expect(speedAfterAccepted(speedAtStart(9_000), 4_000).turnMs).toBe(0);
  });
});
