// The days that the usage page shows. They are part of its address, so that the page can be reloaded and shared. All
// days are in UTC, as in the API.

import { dateOf, dayOf, dayOfDate, monthAround } from "../../core/money/days.ts";
import { MAX_USAGE_DAYS } from "../../core/money/usage.ts";

/** The periods that the page offers, with their names in the address. They end today. */
export const PRESETS = [
  ["7", "Last 7 days"],
  ["30", "Last 30 days"],
  ["90", "Last 90 days"],
  ["month", "This month"],
] as const;

const DEFAULT = "30";

/** `dates`: the user has chosen the first and last day. */
export type Choice = (typeof PRESETS)[number][0] | "dates";

/** The days that are shown, and how they were chosen. */
export interface Period {
  readonly choice: Choice;
  /** First day, such as `2026-11-27`. */
  readonly from: string;
  /** Last day. */
  readonly to: string;
}

/** @param query the query of the address. If it is invalid, the default period is shown. */
export function periodIn(query: string, now: number): Period {
  const given = new URLSearchParams(query);
  const [from, to] = [given.get("from") ?? "", given.get("to") ?? ""];
  if (isDate(from) && isDate(to)) return { choice: "dates", from, to };
  return presetOf(PRESETS.find(([name]) => name === given.get("period"))?.[0] ?? DEFAULT, now);
}

/** The period that is shown if none was chosen. */
export function defaultPeriod(now: number): Period {
  return presetOf(DEFAULT, now);
}

/** The days of a preset at the time `now`. */
export function presetOf(choice: Exclude<Choice, "dates">, now: number): Period {
  const today = dayOf(now);
  const first = choice === "month" ? dayOf(monthAround(now).start) : today - Number(choice) + 1;
  return { choice, from: dateOf(first), to: dateOf(today) };
}

/** The query of the address; empty for the default. */
export function queryOf({ choice, from, to }: Period): string {
  if (choice === "dates") return new URLSearchParams({ from, to }).toString();
  return choice === DEFAULT ? "" : new URLSearchParams({ period: choice }).toString();
}

/** Why the period cannot be shown; null if it can. */
export function problemOf({ from, to }: Pick<Period, "from" | "to">): string | null {
  const days = dayOfDate(to) - dayOfDate(from) + 1;
  if (days < 1) return "The first day is after the last day.";
  return days > MAX_USAGE_DAYS
    ? `Choose at most ${MAX_USAGE_DAYS} days. This period has ${days.toLocaleString("en")}.`
    : null;
}

/** Every day of the period; empty if the first day is after the last one. */
export function daysOf({ from, to }: Pick<Period, "from" | "to">): readonly string[] {
  const first = dayOfDate(from);
  return Array.from({ length: Math.max(0, dayOfDate(to) - first + 1) }, (_, index) => dateOf(first + index));
}

/** Such as `27 Nov`. */
export function shortDate(day: string): string {
  return new Date(day).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

/** Such as `27 Nov 2026`. */
export function longDate(day: string): string {
  return new Date(day).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
}

function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && dateOf(dayOf(time)) === text;
}
