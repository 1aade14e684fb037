// The log of webhook endpoints on SQL, with reports that come late, twice or in another order.

import { beforeEach, describe, expect, it } from "vitest";
import type { DeliveryLog } from "../../src/account/delivery-log.ts";
import type { IndexStore } from "../../src/account/index-store.ts";
import { storesIn } from "../../src/account/stores.ts";
import type { ReportedStatus } from "../../src/core/generation/record.ts";
import type { LoggedDelivery } from "../../src/core/webhooks/logged-delivery.ts";
import { BARE } from "../support/lives.ts";
import { sqlInMemory } from "../support/sql.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const DAY = 24 * 60 * 60 * 1000;
const [WHOLE, ATTEMPT] = [
  { now: NOW, isWhole: true },
  { now: NOW, isWhole: false },
];

let log: DeliveryLog;
let index: IndexStore;

beforeEach(() => {
  ({ log, index } = storesIn(sqlInMemory()));
});

function generation(id: string, version: number, status: ReportedStatus): void {
  const facts = { id, version, status, inFlight: false, model: "m", createdAt: NOW, checkAt: NOW };
  index.put({ ...BARE, ...facts });
}

/** A delivery after this many attempts, of a generation that was accepted now. */
function delivery(id: string, attempts: number, more: Partial<LoggedDelivery> = {}): LoggedDelivery {
  const status = more.state === "delivered" ? 204 : 500;
  const lastAttempt = attempts === 0 ? null : { at: NOW + attempts, status, error: null, durationMs: 7 };
  return {
    ...{ id, createdAt: NOW, event: "generation.completed", generation: { id: "gen_1", createdAt: NOW } },
    ...{ state: "pending", nextAttemptAt: NOW + 5_000, attempts, lastAttempt },
    ...more,
  };
}

const DELIVERED = { state: "delivered", nextAttemptAt: null } as const;
const FAILED = { state: "failed", nextAttemptAt: null } as const;

const all = (query: Partial<Parameters<DeliveryLog["page"]>[1]> = {}, now = NOW) =>
  log.page("we_1", { limit: 100, after: null, ...query }, now);

describe("a delivery in the log", () => {
  it("is as it was reported, and test events have no generation", () => {
    generation("gen_1", 1, "completed");
    const [test, sent] = [
      delivery("msg_a", 1, { event: "webhook.test", generation: null, ...DELIVERED }),
      delivery("msg_b", 3, FAILED),
    ];
    for (const each of [test, sent]) log.put("we_1", each, ATTEMPT);
    expect(all()).toEqual({ deliveries: [sent, test], next: null });
    expect(log.page("we_2", { limit: 9, after: null }, NOW).deliveries).toEqual([]);
  });

  it("does not go back to an earlier attempt, even if the clock did", () => {
    generation("gen_1", 1, "completed");
    const [first, second] = [delivery("msg_a", 1), delivery("msg_a", 2, DELIVERED)];
    const earlier = { ...second, lastAttempt: { at: NOW - 60_000, status: 204, error: null, durationMs: 7 } };
    for (const each of [first, earlier, first]) for (const how of [WHOLE, ATTEMPT]) log.put("we_1", each, how);
    expect(all().deliveries).toEqual([earlier]);
  });

  it("is pending again after a redelivery, and stays so if the report of its last attempt comes late", () => {
    generation("gen_1", 1, "completed");
    const [failed, again] = [delivery("msg_a", 2, FAILED), delivery("msg_a", 2)];
    log.put("we_1", failed, WHOLE);
    log.put("we_1", again, WHOLE);
    log.put("we_1", failed, ATTEMPT);
    expect(all().deliveries).toEqual([again]);
  });

  it("that was pending when its generation was deleted has failed, and is not sent again", () => {
    generation("gen_1", 1, "completed");
    log.put("we_1", delivery("msg_a", 2), WHOLE);
    log.put("we_1", delivery("msg_b", 2, FAILED), WHOLE);
    expect([all({ state: "pending" }).deliveries.length, log.missed("we_1", NOW, NOW)]).toEqual([1, 1]);
    generation("gen_1", 2, "deleted");
    expect(all({ state: "pending" }).deliveries).toEqual([]);
    expect(all({ state: "failed" }).deliveries).toMatchObject(
      ["msg_b", "msg_a"].map((id) => ({ id, state: "failed", nextAttemptAt: null })),
    );
    expect(log.missed("we_1", NOW, NOW)).toBe(0);
  });
});

describe("a page of the log", () => {
  it("continues where the last one ended, with and without a filter", () => {
    generation("gen_1", 1, "completed");
    const ids = Array.from({ length: 25 }, (_, at) => `msg_${String(at).padStart(2, "0")}`);
    for (const [at, id] of ids.entries()) {
      const state = at % 5 === 0 ? FAILED : DELIVERED;
      log.put("we_1", delivery(id, 1, { ...state, createdAt: NOW - Math.floor(at / 4) }), ATTEMPT);
    }
    for (const state of [undefined, "failed", "delivered"] as const) {
      const [{ deliveries: whole }, found] = [all({ state }), [] as LoggedDelivery[]];
      let after: LoggedDelivery | null = null;
      for (let next = all({ state, limit: 2 }); ; next = all({ state, limit: 2, after })) {
        found.push(...next.deliveries);
        after = next.next as LoggedDelivery | null;
        if (after === null) break;
      }
      expect(found).toEqual(whole);
      expect(whole).toHaveLength({ failed: 5, delivered: 20, all: 25 }[state ?? "all"]);
    }
  });

  it("with a filter reads at most a thousand deliveries, and finds failures among many at once", () => {
    generation("gen_1", 1, "completed");
    log.put("we_1", delivery("msg_a", 1, { ...FAILED, createdAt: NOW - 1 }), ATTEMPT);
    for (let at = 0; at < 1_200; at++) log.put("we_1", delivery(`msg_${10_000 + at}`, 1, DELIVERED), ATTEMPT);
    log.put("we_1", delivery("msg_0", 1, { ...DELIVERED, createdAt: NOW - 2 }), ATTEMPT);
    const failed = all({ state: "failed" });
    expect([failed.deliveries.map(({ id }) => id), failed.next]).toEqual([["msg_a"], null]);
    for (const id of Array.from({ length: 1_200 }, (_, at) => `msg_${10_000 + at}`)) {
      log.put("we_1", delivery(id, 2, FAILED), ATTEMPT);
    }
    const [short, rest] = [all({ state: "gone" }), all({ state: "delivered" })];
    expect([short.deliveries, short.next?.id]).toEqual([[], "msg_10200"]);
    expect(rest.deliveries).toEqual([]);
    const last = all({ state: "delivered", after: rest.next });
    expect([last.deliveries.map(({ id }) => id), last.next]).toEqual([["msg_0"], null]);
  });
});

describe("the deliveries that can be sent again", () => {
  it("are those failed and gone, of generations accepted since then", () => {
    generation("gen_1", 1, "completed");
    for (const [at, state] of (["pending", "delivered", "failed", "gone"] as const).entries()) {
      log.put("we_1", delivery(`msg_${at}`, 1, { state }), ATTEMPT);
      log.put("we_2", delivery(`msg_${at}`, 1, { state }), ATTEMPT);
    }
    log.put("we_1", delivery("msg_test", 1, { ...FAILED, generation: null }), ATTEMPT);
    expect([NOW - DAY, NOW, NOW + 1].map((since) => log.missed("we_1", since, NOW))).toEqual([2, 2, 0]);
  });
});

describe("the end of a log", () => {
  it("comes after 30 days: nothing older is listed, and each new row deletes two", () => {
    generation("gen_1", 1, "completed");
    for (let at = 0; at < 9; at++) log.put("we_1", delivery(`msg_${at}`, 1, FAILED), ATTEMPT);
    const later = NOW + 30 * DAY;
    expect([all({}, later - 1).deliveries.length, log.missed("we_1", NOW, later - 1)]).toEqual([9, 9]);
    expect([all({}, later).deliveries.length, log.missed("we_1", NOW, later)]).toEqual([0, 0]);
    // A redelivery of what is older adds nothing.
    log.put("we_1", delivery("msg_9", 1), { ...WHOLE, now: later });
    for (let at = 0; at < 3; at++) {
      expect(all({}, NOW).deliveries.length).toBe(9 - at);
      log.put("we_1", delivery(`msg_x${at}`, 1, { ...DELIVERED, createdAt: later }), { ...ATTEMPT, now: later });
    }
  });

  it("comes in steps if its endpoint was deleted, and other endpoints keep theirs", () => {
    generation("gen_1", 1, "completed");
    expect(log.erase("we_1", 2)).toBe(false);
    for (const id of ["we_0", "we_1", "we_2"]) {
      for (let at = 0; at < 5; at++) log.put(id, delivery(`msg_${at}`, 1), ATTEMPT);
    }
    expect([log.erase("we_1", 2), log.erase("we_1", 2), log.erase("we_1", 2)]).toEqual([true, true, false]);
    const left = (id: string) => log.page(id, { limit: 9, after: null }, NOW).deliveries.length;
    expect(["we_0", "we_1", "we_2"].map(left)).toEqual([5, 0, 5]);
  });
});
