import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, dateOf, dayAround, dayOf, dayOfDate, monthAround } from "../../../src/core/money/days.ts";

const at = (text: string) => Date.parse(text);

describe("a day", () => {
  it("begins at midnight UTC", () => {
    const day = dayOf(at("2026-11-27T00:00:00.000Z"));
    expect(dayOf(at("2026-11-26T23:59:59.999Z"))).toBe(day - 1);
    expect(dayOf(at("2026-11-27T23:59:59.999Z"))).toBe(day);
    expect(dayOf(at("2026-11-28T00:00:00.000Z"))).toBe(day + 1);
    expect(dayAround(at("2026-11-27T15:00:00Z"))).toEqual({ start: at("2026-11-27"), end: at("2026-11-28") });
  });

  it.each(["1970-01-01", "2000-02-29", "2024-02-29", "2026-11-27", "2026-12-31", "9999-12-31"])(
    "%s has a name",
    (date) => {
      expect(dateOf(dayOfDate(date))).toBe(date);
    },
  );

  it("is counted from 1970-01-01", () => {
    expect([dayOf(0), dayOf(DAY_MS - 1), dayOf(DAY_MS), dayOfDate("1970-01-02")]).toEqual([0, 0, 1, 1]);
  });
});

describe("a month", () => {
  it.each([
    ["a month of 30 days", "2026-11-27T12:00:00Z", "2026-11-01", "2026-12-01"],
    ["the end of a year", "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01"],
    ["the beginning of a year", "2027-01-01T00:00:00.000Z", "2027-01-01", "2027-02-01"],
    ["February", "2026-02-28T23:59:59.999Z", "2026-02-01", "2026-03-01"],
    ["February of a leap year", "2028-02-29T23:59:59.999Z", "2028-02-01", "2028-03-01"],
    ["February of a year that is no leap year", "2100-02-28T23:59:59.999Z", "2100-02-01", "2100-03-01"],
  ])("around %s", (_, time, start, end) => {
    expect(monthAround(at(time))).toEqual({ start: at(start), end: at(end) });
  });

  it("contains the whole day of each of its times, and ends where the next month begins", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: at("9999-12-31") - 1 }), (time) => {
        const [day, month] = [dayAround(time), monthAround(time)];
        expect(day.start <= time && time < day.end).toBe(true);
        expect(month.start <= day.start && day.end <= month.end).toBe(true);
        expect(monthAround(month.end).start).toBe(month.end);
        expect(monthAround(month.end - 1)).toEqual(month);
      }),
    );
  });
});
