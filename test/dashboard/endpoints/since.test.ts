import { describe, expect, it } from "vitest";
import { sinces } from "../../../src/dashboard/endpoints/since.ts";
import { endpointAnswer } from "../../browser/endpoint-answers.ts";

const NOW = Date.parse("2026-11-27T12:00:00.000Z");
const HOUR_MS = 60 * 60 * 1000;

const told = (...of: Parameters<typeof endpointAnswer>) =>
  sinces(endpointAnswer(...of), NOW).map(({ label, at }) => [label, (NOW - at) / HOUR_MS]);

const TIMES = [
  ["an hour ago", 1],
  ["a day ago", 24],
  ["3 days ago", 72],
];

describe("the times to recover since", () => {
  it("begin with what happened, a day early for generations that were in progress", () => {
    const health = { failing_since: "2026-11-27T09:00:00.000Z", last_success_at: "2026-11-27T08:00:00.000Z" };
    expect(told({ disabled_at: "2026-11-27T11:00:00.000Z" }, health)).toEqual([
      ["the failures started, 3 h ago", 27],
      ["it was disabled, 60 min ago", 25],
      ["the last success, 4 h ago", 28],
      ...TIMES,
    ]);
  });

  it("are relative while it works", () => {
    expect(told({}, { failing_since: null })).toEqual(TIMES);
  });
});
