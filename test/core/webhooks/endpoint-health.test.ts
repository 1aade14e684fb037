import { describe, expect, it } from "vitest";
import { type AnsweredOutcome, afterOutcome, afterTest, newEndpoint } from "../../../src/core/webhooks/endpoint.ts";
import { endpointView } from "../../../src/core/webhooks/endpoint-view.ts";
import { unrotated } from "../../../src/core/webhooks/rotation.ts";
import { T0 } from "../../support/lives.ts";

const HOUR = 3_600_000;

const FIELDS = {
  url: "https://a.example.com/",
  events: ["generation.completed"],
  description: "",
  headers: {},
  clientCertificate: false,
} as const;

const fresh = newEndpoint(FIELDS, { id: "we_1", createdAt: T0, secrets: unrotated("s") });

const answered = (at: number, status: number | null, response: string | null = ""): AnsweredOutcome => ({
  ...{ at, status, response },
  error: null,
  durationMs: 5,
});

const healthAt = (now: number, endpoint = fresh) => endpointView(endpoint, { now, recovery: null }).health;

describe("the last attempt in an endpoint's health", () => {
  it("is the one that began last, with its answer, in whatever order reports arrive", () => {
    const [first, second] = [answered(T0, 500, "no"), answered(T0 + 1, 204)];
    const { last_attempt } = healthAt(T0 + 2, [second, first].reduce(afterOutcome, fresh));
    expect(last_attempt).toEqual({
      ...{ at: new Date(T0 + 1).toISOString(), status_code: 204, error: null, duration_ms: 5, response: "" },
    });
    const failed = afterOutcome(fresh, first);
    expect(healthAt(T0 + 2, failed).last_attempt).toMatchObject({ status_code: 500, response: "no" });
    // The answer is kept once: it may have 1 KiB.
    expect(failed.recent).toEqual([{ at: T0, status: 500, error: null, durationMs: 5 }]);
  });

  it("may be a test", () => {
    expect(healthAt(T0, afterTest(fresh, answered(T0, 418, "teapot"))).last_attempt).toMatchObject({
      response: "teapot",
    });
  });

  it("is null before the first, and in the record of an earlier release", () => {
    expect(healthAt(T0)).toMatchObject({ last_attempt: null, hours: [] });
  });
});

describe("the hours in an endpoint's health", () => {
  it("count attempts by the hour in which they began", () => {
    const at = [0, 1, HOUR - 1, HOUR, 3 * HOUR];
    const endpoint = at.reduce((each, ms) => afterOutcome(each, answered(T0 + ms, ms === 1 ? null : 204)), fresh);
    // T0 is a full hour.
    expect(healthAt(T0 + 3 * HOUR, endpoint).hours).toEqual([
      { at: new Date(T0).toISOString(), succeeded: 2, failed: 1 },
      { at: new Date(T0 + HOUR).toISOString(), succeeded: 1, failed: 0 },
      { at: new Date(T0 + 3 * HOUR).toISOString(), succeeded: 1, failed: 0 },
    ]);
  });

  it("are the last 24, even if nothing has been sent since, and no more are kept", () => {
    const all = Array.from({ length: 60 }, (_, hour) => answered(T0 + hour * HOUR, 204));
    // Reports may come late.
    const endpoint = all.toReversed().reduce(afterOutcome, fresh);
    expect(endpoint.hours).toHaveLength(24);
    const hoursAt = (hour: number) => healthAt(T0 + hour * HOUR + 1, endpoint).hours.map(({ at }) => at);
    expect(hoursAt(59)).toEqual(all.slice(36).map(({ at }) => new Date(at).toISOString()));
    expect(hoursAt(82)).toEqual([new Date(T0 + 59 * HOUR).toISOString()]);
    expect(hoursAt(83)).toEqual([]);
  });
});
