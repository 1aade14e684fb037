import { describe, expect, it } from "vitest";
import type { DeliveryView } from "../../../src/contract/deliveries.ts";
import {
  conditionOf,
  describeDelivery,
  inOrder,
  nextLook,
  summaryOf,
} from "../../../src/dashboard/generation/delivery-state.ts";

const NOW = Date.parse("2026-05-01T12:00:00.000Z");

const timeIn = (ms: number) => new Date(NOW + ms).toISOString();

/** @param statuses of the attempts so far. */
function delivery(change: Partial<DeliveryView> = {}, ...statuses: readonly (number | null)[]): DeliveryView {
  const attempts = statuses.map((status_code) => {
    return { at: timeIn(-1_000), status_code, duration_ms: 40, error: null, response: null, manual: false };
  });
  return {
    id: "msg_1",
    object: "delivery",
    event: "generation.completed",
    url: "https://example.com/hook",
    endpoint_id: null,
    state: "pending",
    created_at: timeIn(-1_000),
    next_attempt_at: null,
    attempting_since: null,
    attempts,
    ...change,
  };
}

describe("a delivery", () => {
  it.each([
    [delivery({ next_attempt_at: timeIn(3_000) }), "pending", "First attempt in 3 s"],
    [delivery({ next_attempt_at: timeIn(-10) }), "pending", "First attempt now"],
    [delivery({ attempting_since: timeIn(-6_400) }), "sending", "waiting for an answer, 6 of 15 s"],
    [
      delivery({ attempting_since: timeIn(-2_000) }, 500, null),
      "sending",
      "2 failed, waiting for an answer, 2 of 15 s",
    ],
    [delivery({ next_attempt_at: timeIn(119_200) }, 500, 500, null, 404), "retrying", "4 failed, next in 2 min"],
    [delivery({ state: "delivered" }, 204), "delivered", ""],
    [delivery({ state: "delivered" }, 500, 204), "delivered", "After 2 attempts"],
    [delivery({ state: "failed" }, 500), "failed", "1 attempt failed, no more will follow."],
    [delivery({ state: "failed" }), "failed", "Not sent: the endpoint was disabled."],
    [delivery({ state: "gone" }, 410), "gone", "The webhook answered 410, so it gets nothing more."],
    // Delivered once, and sent again by hand.
    [delivery({ next_attempt_at: timeIn(1_000) }, 500, 204), "pending", "Next attempt in 1 s"],
    [delivery({ next_attempt_at: timeIn(1_000) }, 500, 204, 503), "retrying", "1 failed, next in 1 s"],
  ] as const)("%#: is %s", (each, condition, words) => {
    expect([conditionOf(each), describeDelivery(each, NOW)]).toEqual([condition, words]);
  });

  it.each([
    [-4_000, 0],
    [90_000, 15],
  ])("under way for %i ms by the browser's clock stays between 0 and 15 s", (ms, seconds) => {
    expect(describeDelivery(delivery({ attempting_since: timeIn(-ms) }), NOW)).toContain(`, ${seconds} of 15 s`);
  });
});

describe("several deliveries", () => {
  const all = [
    delivery({ id: "msg_a", state: "delivered" }, 204),
    delivery({ id: "msg_b", next_attempt_at: timeIn(5_000) }),
    delivery({ id: "msg_c", attempting_since: timeIn(0) }),
    delivery({ id: "msg_d", next_attempt_at: timeIn(5_000) }, 500),
    delivery({ id: "msg_e", state: "gone" }, 410),
    delivery({ id: "msg_f", state: "failed" }, 500),
    delivery({ id: "msg_g", state: "delivered" }, 204),
  ];

  it("have those first that need attention", () => {
    expect(inOrder(all).map(({ id }) => id.slice(4))).toEqual(["f", "e", "d", "c", "b", "a", "g"]);
  });

  it("are counted in that order", () => {
    expect(summaryOf(all)).toBe("1 failed, 1 gone, 1 retrying, 1 sending, 1 pending, 2 delivered");
    expect(summaryOf([])).toBe("");
  });
});

describe("the next look at deliveries", () => {
  const lookAt = (...deliveries: DeliveryView[]) => {
    const at = nextLook(deliveries, NOW);
    return at === null ? null : at - NOW;
  };

  it("is shortly after the first attempt is due, when it is under way", () => {
    expect(
      lookAt(delivery({ next_attempt_at: timeIn(30_000) }, 500), delivery({ next_attempt_at: timeIn(7_000) })),
    ).toBe(8_000);
  });

  it("is once an attempt under way must have ended", () => {
    expect(lookAt(delivery({ attempting_since: timeIn(-6_000), next_attempt_at: timeIn(-6_000) }))).toBe(10_000);
  });

  it.each([
    [0, 1_000],
    [1_500, 2_000],
    [5_000, 5_000],
    [3_600_000, 15_000],
  ])("for an attempt that should have been seen %i ms ago is %i ms later", (late, wait) => {
    expect(lookAt(delivery({ next_attempt_at: timeIn(-1_000 - late) }))).toBe(wait);
    expect(lookAt(delivery({ attempting_since: timeIn(-16_000 - late) }))).toBe(wait);
  });

  it("is never if nothing is expected", () => {
    expect([lookAt(), lookAt(delivery({ state: "delivered" }, 204))]).toEqual([null, null]);
  });
});
