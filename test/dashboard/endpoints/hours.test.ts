import { describe, expect, it } from "vitest";
import { lastDay, sumOf } from "../../../src/dashboard/endpoints/hours.ts";

const NOW = Date.parse("2026-11-27T12:34:56.000Z");

describe("the last day", () => {
  it("has 24 hours up to the one that is under way, with zeros where nothing was sent", () => {
    const hours = [
      { at: "2026-11-26T13:00:00.000Z", succeeded: 1, failed: 2 },
      { at: "2026-11-27T12:00:00.000Z", succeeded: 3, failed: 0 },
    ];
    const day = lastDay(hours, NOW);
    expect(day).toHaveLength(24);
    expect([day[0], day.at(-1)]).toEqual(hours);
    expect(day[1]).toEqual({ at: "2026-11-26T14:00:00.000Z", succeeded: 0, failed: 0 });
    expect(sumOf(day)).toEqual({ succeeded: 4, failed: 2 });
  });

  it("leaves out what is older", () => {
    const old = { at: "2026-11-26T12:00:00.000Z", succeeded: 9, failed: 9 };
    expect(sumOf(lastDay([old], NOW))).toEqual({ succeeded: 0, failed: 0 });
  });
});
