import { describe, expect, it } from "vitest";
import {
  type AttemptResult,
  afterAttempt,
  type Delivery,
  newDelivery,
  postponed,
  redelivered,
} from "../../../src/core/webhooks/delivery.ts";
import { abandonedBy, requestedDeliveries, webhookState } from "../../../src/core/webhooks/fan-out.ts";
import { CALM, delivery, T0 } from "../../support/lives.ts";

const fresh = newDelivery("msg_1", "generation.completed", { url: "https://a.example.com/", endpointId: null }, T0);
const schedule = { retryDelaysMs: [5_000, 30_000], random: CALM, now: T0 + 100 };

function answered(status: number | null, change: Partial<AttemptResult> = {}): AttemptResult {
  return { at: T0, durationMs: 100, status, error: null, response: null, retryAfterMs: null, ...change };
}

describe("an attempt", () => {
  it.each([200, 201, 204, 299])("answered %i marks the delivery as delivered", (status) => {
    expect(afterAttempt(fresh, answered(status), schedule)).toMatchObject({ state: "delivered", nextAttemptAt: null });
  });

  it.each([null, 199, 300, 301, 302, 400, 401, 404, 408, 429, 500, 503])("answered %j is retried", (status) => {
    expect(afterAttempt(fresh, answered(status), schedule)).toMatchObject({
      state: "pending",
      nextAttemptAt: T0 + 100 + 5_000,
    });
  });

  it("answered 410 ends the delivery", () => {
    expect(afterAttempt(fresh, answered(410), schedule)).toMatchObject({ state: "gone", nextAttemptAt: null });
  });

  it("is retried after each delay of the schedule, then the delivery fails", () => {
    const second = afterAttempt(fresh, answered(500), schedule);
    const third = afterAttempt(second, answered(500), schedule);
    const last = afterAttempt(third, answered(500), schedule);
    expect([second, third, last].map(({ state, nextAttemptAt }) => [state, nextAttemptAt])).toEqual([
      ["pending", T0 + 5_100],
      ["pending", T0 + 30_100],
      ["failed", null],
    ]);
    expect(last.attempts).toHaveLength(3);
  });

  it("is retried no sooner than Retry-After asks", () => {
    const slowed = afterAttempt(fresh, answered(429, { retryAfterMs: 60_000 }), schedule);
    expect(slowed.nextAttemptAt).toBe(T0 + 100 + 66_000);
  });

  it("that was not sent uses up a try only if it is counted, and ends the delivery if it is final", () => {
    const late = { ...fresh, tries: 2 };
    const waiting = afterAttempt(late, answered(null, { unsent: "uncounted" }), schedule);
    expect(waiting).toMatchObject({ state: "pending", tries: 2, nextAttemptAt: T0 + 100 + 60_000 });
    expect(afterAttempt(fresh, answered(null, { unsent: "counted" }), schedule).tries).toBe(1);
    expect(afterAttempt(fresh, answered(null, { unsent: "final" }), schedule).state).toBe("failed");
  });

  it("that was not sent is retried within about a minute, even if the schedule's delay is longer", () => {
    const days = { ...schedule, retryDelaysMs: [5_000, 86_400_000] };
    const unsent = answered(null, { unsent: "uncounted" });
    expect(afterAttempt({ ...fresh, tries: 1 }, unsent, days).nextAttemptAt).toBe(T0 + 100 + 60_000);
    expect(afterAttempt(fresh, unsent, days).nextAttemptAt).toBe(T0 + 100 + 5_000);
  });

  it("that is repeatedly not sent for the same reason is one log entry", () => {
    const unsent = (at: number, error: string) => answered(null, { at, error, unsent: "uncounted" });
    let waiting = afterAttempt(fresh, answered(500), schedule);
    for (let at = 1; at <= 200; at++) waiting = afterAttempt(waiting, unsent(T0 + at, "not sent: a"), schedule);
    waiting = afterAttempt(waiting, unsent(T0 + 300, "not sent: b"), schedule);
    waiting = afterAttempt(
      waiting,
      answered(null, { at: T0 + 400, error: "not sent: b", unsent: "counted" }),
      schedule,
    );
    expect(waiting.attempts.map(({ at, status, error }) => [at - T0, status, error])).toEqual([
      [0, 500, null],
      [200, null, "not sent: a"],
      [300, null, "not sent: b"],
      [400, null, "not sent: b"],
    ]);
  });

  it("records its answer", () => {
    const { attempts } = afterAttempt(fresh, answered(500, { response: "oops", durationMs: 7 }), schedule);
    expect(attempts).toEqual([{ at: T0, durationMs: 7, status: 500, error: null, response: "oops" }]);
  });

  it("audit 18: is dropped from the log once there are 50 newer ones, and its answer once there are 12", () => {
    let given = fresh;
    for (let at = 0; at < 150; at++) {
      given = redelivered(afterAttempt(given, answered(500, { at, response: "oops" }), schedule), T0);
    }
    expect(given.attempts.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, at) => at + 100));
    expect(given.attempts.map(({ response }) => response)).toEqual([
      ...Array(38).fill(null),
      ...Array(12).fill("oops"),
    ]);
    expect(given.attempts[0]).toMatchObject({ durationMs: 100, status: 500, error: null });
  });

  it("that ends late does not reopen a settled delivery", () => {
    const settled = afterAttempt(fresh, answered(204), schedule);
    expect(afterAttempt(settled, answered(500), schedule)).toMatchObject({ state: "delivered", nextAttemptAt: null });
  });
});

describe("a backlog of a thousand deliveries that failed at the same moment", () => {
  /** The most retries in any window of a twentieth of the shortest wait. */
  function busiest(result: AttemptResult, tries: number): number {
    const chances = Array.from({ length: 1_000 }, (_, at) => (at * 0.618_033_988_75) % 1);
    const times = chances.map((random) => {
      const after = afterAttempt({ ...fresh, tries }, result, { ...schedule, random });
      return (after.nextAttemptAt ?? 0) - schedule.now;
    });
    const window = Math.min(...times) / 20;
    return Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + window).length));
  }

  it.each([
    ["first delay", answered(503), 0],
    ["second delay", answered(null), 1],
    ["same Retry-After", answered(503, { retryAfterMs: 600_000 }), 0],
  ])("fault 44: is not retried all at once after the %s", (_, result, tries) => {
    expect(busiest(result, tries)).toBeLessThan(300);
  });
});

describe("redelivery", () => {
  it("keeps the id and the log and restarts the schedule", () => {
    let given = fresh;
    for (let attempt = 0; attempt < 3; attempt++) given = afterAttempt(given, answered(500), schedule);
    const again = redelivered(given, T0 + 9);
    expect(again).toMatchObject({ id: "msg_1", state: "pending", nextAttemptAt: T0 + 9 });
    expect(again.attempts).toHaveLength(3);
    expect(afterAttempt(again, answered(500), schedule).nextAttemptAt).toBe(T0 + 5_100);
  });

  it("marks the attempt that it asks for, and not those of the schedule", () => {
    const manual = (given: Delivery) => given.attempts.map(({ manual }) => manual);
    const again = redelivered(afterAttempt(fresh, answered(500), schedule), T0);
    const tried = afterAttempt(again, answered(500), schedule);
    expect(manual(afterAttempt(tried, answered(204), schedule))).toEqual([undefined, true, undefined]);
    // Nothing was sent, so the next attempt is the one that was asked for, however long it waits for its turn.
    const unsent = afterAttempt(again, answered(null, { unsent: "uncounted", error: "not sent: b" }), schedule);
    const sent = afterAttempt(postponed(unsent, { turnAt: T0 + 1 }), answered(204), schedule);
    expect(manual(sent)).toEqual([undefined, true, true]);
    // A second redelivery replaces the attempt that the first one asked for.
    expect(manual(redelivered(again, T0 + 2, T0 + 1))).toEqual([undefined, true]);
  });
});

describe("an attempt abandoned for a redelivery", () => {
  it("stays in the log, because the receiver may have received it", () => {
    const [failed, givenUp] = redelivered(afterAttempt(fresh, answered(500), schedule), T0 + 900, T0 + 200).attempts;
    expect(failed?.status).toBe(500);
    expect(givenUp).toEqual({
      at: T0 + 200,
      durationMs: 700,
      status: null,
      error: "replaced by a redelivery",
      response: null,
    });
  });
});

describe("fan-out", () => {
  const webhooks = [
    { url: "https://a.example.com/", events: ["generation.started", "generation.completed"] },
    { url: "https://b.example.com/", events: ["generation.completed"] },
  ] as const;
  const newId = () => "msg_x";

  it("creates one delivery per URL that subscribes to the event", () => {
    const made = (type: "generation.started" | "generation.completed" | "generation.failed") =>
      requestedDeliveries({ type, at: T0 }, webhooks, { existing: [], newId }).map(({ url }) => url);
    expect(made("generation.started")).toEqual(["https://a.example.com/"]);
    expect(made("generation.completed")).toEqual(["https://a.example.com/", "https://b.example.com/"]);
    expect(made("generation.failed")).toEqual([]);
  });

  it("creates no delivery for a webhook that is gone, and ends its pending deliveries", () => {
    const gone = delivery("a", { url: "https://a.example.com/", state: "gone", nextAttemptAt: null });
    const waiting = delivery("b", { url: "https://a.example.com/" });
    const others = delivery("c");
    const made = requestedDeliveries({ type: "generation.completed", at: T0 }, webhooks, { existing: [gone], newId });
    expect(made.map(({ url }) => url)).toEqual(["https://b.example.com/"]);
    expect(abandonedBy(gone, [gone, waiting, others])).toEqual([{ ...waiting, state: "gone", nextAttemptAt: null }]);
    expect(abandonedBy(others, [gone, waiting, others])).toEqual([]);
  });

  it("treats two spellings of a URL as the same webhook", () => {
    const spelled = delivery("a", { url: "https://A.example.com:443", state: "gone", nextAttemptAt: null });
    const waiting = delivery("b", { url: "https://a.example.com/" });
    const made = requestedDeliveries({ type: "generation.completed", at: T0 }, webhooks, {
      existing: [spelled],
      newId,
    });
    expect(made.map(({ url }) => url)).toEqual(["https://b.example.com/"]);
    expect(abandonedBy(spelled, [spelled, waiting]).map(({ id }) => id)).toEqual(["b"]);
    expect(webhookState(webhooks[0], [spelled], true)).toBe("gone");
  });

  it.each([
    ["pending while nothing has happened", [], false, "pending"],
    ["delivered when all of its events were delivered", ["delivered"], true, "delivered"],
    ["pending when an early event was delivered and the generation has not ended", ["delivered"], false, "pending"],
    ["pending while a delivery is pending", ["delivered", "pending"], true, "pending"],
    ["failed when a delivery has failed", ["delivered", "failed"], true, "failed"],
    ["gone when the receiver has answered 410", ["gone"], false, "gone"],
    ["skipped when none of its events happened", [], true, "skipped"],
  ] as const)("says that a webhook is %s", (_, states, isFinished, expected) => {
    const [webhook] = webhooks;
    const deliveries = states.map((state, at) => delivery(String(at), { url: webhook.url, state }));
    expect(webhookState(webhook, deliveries, isFinished)).toBe(expected);
  });
});

describe("a delivery that waits for its turn", () => {
  const tried = afterAttempt(fresh, answered(503), schedule);
  const waiting = postponed(tried, { turnAt: T0 + 9_000 });

  it("is due at its turn, and has used up no attempt and logged none", () => {
    expect(waiting).toEqual({ ...tried, turnAt: T0 + 9_000, nextAttemptAt: T0 + 9_000 });
  });

  it("keeps its turn while nothing is sent, and loses it with the next attempt or redelivery", () => {
    expect(afterAttempt(waiting, answered(null, { unsent: "uncounted" }), schedule).turnAt).toBe(T0 + 9_000);
    expect(afterAttempt(waiting, answered(503), schedule)).not.toHaveProperty("turnAt");
    expect(afterAttempt(waiting, answered(204), schedule)).not.toHaveProperty("turnAt");
    expect(redelivered(waiting, T0)).not.toHaveProperty("turnAt");
  });

  it("stays settled if it was settled meanwhile", () => {
    const gone = afterAttempt(fresh, answered(410), schedule);
    expect(postponed(gone, { turnAt: T0 + 9_000 })).toBe(gone);
  });
});
