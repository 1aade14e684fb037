// A calendar month in UTC.

import { dateOf, dayOf, monthAround, type Period } from "../../src/core/money/days.ts";

/** A calendar month, in milliseconds and as dates. */
export interface Month extends Period {
  /** Such as `2026-11`. */
  readonly name: string;
  /** First and last day, such as `2026-11-01`. */
  readonly from: string;
  readonly to: string;
}

/** @param name such as `2026-11`. @returns null if it is not a month of this century. */
export function monthOf(name: string): Month | null {
  if (!/^20\d\d-(0[1-9]|1[0-2])$/.test(name)) return null;
  const { start, end } = monthAround(Date.parse(`${name}-01`));
  return { name, start, end, from: dateOf(dayOf(start)), to: dateOf(dayOf(end - 1)) };
}
