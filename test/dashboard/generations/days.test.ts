import { expect, it } from "vitest";
import { dayStartingAt, startOf } from "../../../src/dashboard/generations/days.ts";

it("reads and writes days of the browser's time zone, also over the change of a month", () => {
  expect(new Date(startOf("2026-11-30")).toDateString()).toBe("Mon Nov 30 2026");
  expect(new Date(startOf("2026-11-30", 1)).toDateString()).toBe("Tue Dec 01 2026");
  expect(dayStartingAt(startOf("2026-11-30"))).toBe("2026-11-30");
  expect(dayStartingAt(startOf("2026-11-30", 1), 1)).toBe("2026-11-30");
});

it("knows what is no day", () => {
  expect([startOf(""), startOf("0026-01-01")]).toEqual(["", ""]);
  expect(dayStartingAt("2026-11-30T12:34:56.789Z")).toBeNull();
});
