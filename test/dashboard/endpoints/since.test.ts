import { describe, expect, it } from "vitest";
import { isBeforeLog, sinces } from "../../../src/dashboard/endpoints/since.ts";
import { endpointAnswer } from "../../browser/endpoint-answers.ts";

const NOW = Date.parse("2026-11-27T12:00:00.000Z");
const HOUR_MS = 60 * 60 * 1000;

const told = (...of: Parameters<typeof endpointAnswer>) =>
  sinces(endpointAnswer(...of), NOW).map(({ label, at, isEarlier }) => [label, (NOW - at) / HOUR_MS, isEarlier]);

const TIMES = [
  ["an hour ago", 1, false],
  ["a day ago", 24, false],
  ["3 days ago", 72, false],
];

describe("the times to recover since", () => {
  it("begin with what happened, a day early for generations that were in progress", () => {
    const health = { failing_since: "2026-11-27T09:00:00.000Z", last_success_at: "2026-11-27T08:00:00.000Z" };
    expect(told({ disabled_at: "2026-11-27T11:00:00.000Z" }, health)).toEqual([
      ["the failures started, 3 h ago", 27, true],
      ["it was disabled, 60 min ago", 25, true],
      ["the last success, 4 h ago", 28, true],
      ...TIMES,
    ]);
  });

  it("are relative while it works", () => {
    expect(told({}, { failing_since: null })).toEqual(TIMES);
  });

  it("may be older than the log, which has 30 days", () => {
    expect([29, 31].map((days) => isBeforeLog(NOW - days * 24 * HOUR_MS, NOW))).toEqual([false, true]);
  });
});
