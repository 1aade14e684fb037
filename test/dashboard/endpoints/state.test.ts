import { describe, expect, it } from "vitest";
import { afterOutcome, type Endpoint, newEndpoint } from "../../../src/core/webhooks/endpoint.ts";
import {
  addressOf,
  byUrgency,
  isDisabledForFailing,
  lastAttempt,
  lastFailure,
  stateOf,
} from "../../../src/dashboard/endpoints/state.ts";
import { endpointAnswer } from "../../browser/endpoint-answers.ts";

const ATTEMPT = { at: "2026-11-27T12:00:00.000Z", status_code: 204, duration_ms: 12, error: null };
const FAILED = { ...ATTEMPT, status_code: 500 };
const UNUSED = { failing_since: null, last_success_at: null, last_failure_at: null, last_attempt: null, recent: [] };

describe("the state of an endpoint", () => {
  it.each([
    ["disabled", { enabled: false }, {}],
    ["failing", {}, {}],
    ["healthy", {}, { failing_since: null, recent: [ATTEMPT] }],
    // A failed test event does not end what works.
    ["healthy", {}, { failing_since: null, recent: [ATTEMPT, FAILED] }],
    ["failing", {}, { ...UNUSED, recent: [FAILED] }],
    ["unused", {}, UNUSED],
  ] as const)("is %s", (state, more, health) => {
    expect(stateOf(endpointAnswer(more, health))).toBe(state);
  });

  it("decides the order, which otherwise stays", () => {
    const [unused, disabled] = [endpointAnswer({ id: "1" }, UNUSED), endpointAnswer({ id: "2", enabled: false })];
    const failing = [endpointAnswer({ id: "3" }), endpointAnswer({ id: "4" })];
    const ordered = byUrgency([unused, disabled, ...failing]);
    expect(ordered.map(({ id }) => id)).toEqual(["3", "4", "2", "1"]);
  });
});

describe("the last attempt", () => {
  it("is a failure unless it was answered with 2xx", () => {
    const ended = (status_code: number | null) =>
      lastFailure(endpointAnswer({}, { last_attempt: { ...ATTEMPT, status_code, response: null } }));
    expect([204, 299].map(ended)).toEqual([null, null]);
    for (const status of [null, 199, 302, 404, 500]) expect(ended(status)).toMatchObject({ status_code: status });
    expect(lastFailure(endpointAnswer({}, UNUSED))).toBeNull();
  });

  it("is the newest outcome if its answer was not recorded", () => {
    const told = endpointAnswer({}, { last_attempt: null, recent: [ATTEMPT, FAILED] });
    expect(lastAttempt(told)).toEqual({ ...FAILED, response: null });
  });
});

describe("an endpoint that was disabled", () => {
  const fields = { url: "https://example.com/", events: [], description: "", headers: {}, clientCertificate: false };
  const now = Date.parse("2026-11-27T12:00:00.000Z");
  const endpoint = newEndpoint(fields, { id: "we_1", createdAt: 0, secrets: { current: "", retired: [] } });
  const isForFailing = (status: number, before: Partial<Endpoint>) => {
    const outcome = { at: now, status, error: null, durationMs: 1, response: null };
    const { disabled } = afterOutcome({ ...endpoint, ...before }, outcome);
    return isDisabledForFailing({ disabled_reason: disabled?.reason ?? null });
  };

  it("for failing is told from one that asked for no more", () => {
    const days = (count: number) => now - count * 24 * 60 * 60 * 1000;
    expect(isForFailing(500, { failingSince: days(4), lastFailureAt: days(1) })).toBe(true);
    expect(isForFailing(410, {})).toBe(false);
    expect(isDisabledForFailing({ disabled_reason: "Disabled through the API." })).toBe(false);
  });
});

describe("the address of an endpoint", () => {
  it.each([
    ["https://example.com/", "example.com"],
    ["https://example.com:8443/hooks?token=secret", "example.com:8443/hooks"],
  ])("%s is shown as %s", (url, shown) => {
    expect(addressOf(url)).toBe(shown);
  });
});
