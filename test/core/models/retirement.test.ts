import { describe, expect, it } from "vitest";
import { eventData } from "../../../src/core/generation/view.ts";
import { deprecatedView, nearRetirement } from "../../../src/core/models/retirement.ts";
import { inPhase, T0 } from "../../support/lives.ts";

const DAY = 24 * 60 * 60 * 1000;

const endingAt = (endsAt: number) => ({ endsAt, announcedAt: T0 - DAY, replacement: "vendor/next" });

describe("the retirement of a model", () => {
  it.each([
    ["in 30 days", 30 * DAY, true],
    ["in 30 days and a millisecond", 30 * DAY + 1, false],
    ["now", 0, true],
    ["a year ago", -365 * DAY, true],
  ])("%s is near only up to 30 days before (%#)", (_, ms, isNear) => {
    const retirement = endingAt(T0 + ms);
    expect(nearRetirement(retirement, T0)).toEqual(isNear ? retirement : null);
  });

  it("is not near if there is none", () => {
    expect(nearRetirement(null, T0)).toBeNull();
  });

  it("is shown as a date in UTC", () => {
    expect(deprecatedView(endingAt(Date.UTC(2026, 11, 15)))).toEqual({ on: "2026-12-15", replacement: "vendor/next" });
    const lastMoment = { ...endingAt(Date.UTC(2026, 11, 16) - 1), replacement: null };
    expect(deprecatedView(lastMoment)).toEqual({ on: "2026-12-15", replacement: null });
    expect(deprecatedView(null)).toBeNull();
  });

  it("is part of the generation and of its events, after the model", () => {
    const seen = { now: T0, link: null };
    const data = eventData(inPhase("failed", {}, { retirement: endingAt(T0 + DAY) }), seen);
    expect(data.deprecated).toEqual({ on: "2026-11-23", replacement: "vendor/next" });
    const names = Object.keys(data);
    expect(names[names.indexOf("model") + 1]).toBe("deprecated");
    // Records of earlier releases do not have it.
    expect(eventData(inPhase("failed"), seen).deprecated).toBeNull();
  });
});
