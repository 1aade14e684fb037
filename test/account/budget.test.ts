// What counts towards an account's budget if several requests have the same idempotency key.

import { expect, it } from "vitest";
import { storesIn } from "../../src/account/stores.ts";
import type { MicroUsd } from "../../src/core/money/micro-usd.ts";
import { BARE, T0 } from "../support/lives.ts";
import { sqlInMemory } from "../support/sql.ts";

const NEXT_DAY = Date.UTC(2026, 10, 23);

function account() {
  const { index, places } = storesIn(sqlInMemory());
  return {
    index,
    reserve(id: string, estimate: MicroUsd | null, createdAt = T0) {
      const rules = { most: null, budget: { day: 10, month: null }, checkAt: createdAt + 50_000 };
      return places.reserve({ id, createdAt, model: "m", estimate }, rules).kind;
    },
    reserved: (at = T0) => places.commitments(at).day.reserved,
    underWay: () => places.commitments(T0).underWay,
  };
}

it("requests with one key count once, with the highest of their estimates", () => {
  const { reserve, reserved, underWay } = account();
  expect(reserve("gen_a", 7)).toBe("reserved");
  expect(reserve("gen_a", 2, T0 + 1)).toBe("reserved");
  expect([reserved(), underWay()]).toEqual([7, 1]);
  expect(reserve("gen_b", 4)).toBe("budget_exceeded");
  expect(reserve("gen_b", 3)).toBe("reserved");
});

it("requests with one key count on each day on which one of them is accepted", () => {
  const { reserve, reserved, underWay } = account();
  expect(reserve("gen_a", 7, NEXT_DAY - 1)).toBe("reserved");
  expect(reserve("gen_a", 2, NEXT_DAY)).toBe("reserved");
  expect([reserved(NEXT_DAY - 1), reserved(NEXT_DAY), underWay()]).toEqual([7, 2, 1]);
});

it("a request whose price is not known blocks others, even if another one with its key has an estimate", () => {
  const { reserve } = account();
  expect(reserve("gen_a", null)).toBe("reserved");
  expect(reserve("gen_a", 2, T0 + 1)).toBe("reserved");
  expect(reserve("gen_b", 1)).toBe("unpriced_under_way");
});

it("the end of a generation gives back what later requests with its key have reserved", () => {
  const { index, reserve, reserved } = account();
  expect(reserve("gen_a", 7)).toBe("reserved");
  const summary = { id: "gen_a", model: "m", createdAt: T0, checkAt: T0 + 600_000, ...BARE, estimate: 7 };
  index.put({ ...summary, version: 1, status: "queued", inFlight: true });
  expect(reserve("gen_a", 7, T0 + 1)).toBe("reserved");
  expect(reserved()).toBe(7);
  index.put({ ...summary, version: 2, status: "failed", inFlight: false });
  expect(reserved()).toBe(0);
});
