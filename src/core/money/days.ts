// Days and months in UTC, as budgets and usage count them.

import { iso } from "../times.ts";

/** Milliseconds in a day. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/** Days since 1970-01-01. */
export type Day = number;

/** A day or month in milliseconds since the Unix epoch: its first millisecond, and the first one after it. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** @param time milliseconds since the Unix epoch. */
export function dayOf(time: number): Day {
  return Math.floor(time / DAY_MS);
}

/** Such as `2026-11-27`. */
export function dateOf(day: Day): string {
  return iso(day * DAY_MS).slice(0, 10);
}

/** @param date an existing date, such as `2026-11-27`. */
export function dayOfDate(date: string): Day {
  return dayOf(Date.parse(date));
}

/** The day that contains `time`, in milliseconds since the Unix epoch. */
export function dayAround(time: number): Period {
  const start = dayOf(time) * DAY_MS;
  return { start, end: start + DAY_MS };
}

/** The calendar month that contains `time`, in milliseconds since the Unix epoch. */
export function monthAround(time: number): Period {
  const [year = 1970, month = 1] = iso(time).split("-").map(Number);
  return { start: Date.UTC(year, month - 1), end: Date.UTC(year, month) };
}
