// The last day of a webhook endpoint by the hour.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";

type Hour = EndpointView["health"]["hours"][number];

const HOUR_MS = 60 * 60 * 1000;
const HOURS = 24;

/** The hour that is under way and the 23 before it, oldest first, also those without attempts. */
export function lastDay(hours: readonly Hour[], now: number): readonly Hour[] {
  const byHour = new Map(hours.map((hour) => [hourOf(Date.parse(hour.at)), hour]));
  const current = hourOf(now);
  return Array.from({ length: HOURS }, (_, index) => {
    const hour = current - (HOURS - 1 - index);
    return byHour.get(hour) ?? { at: new Date(hour * HOUR_MS).toISOString(), succeeded: 0, failed: 0 };
  });
}

function hourOf(time: number): number {
  return Math.floor(time / HOUR_MS);
}

/** How many attempts the hours had. */
export function sumOf(hours: readonly Hour[]): Omit<Hour, "at"> {
  return {
    succeeded: hours.reduce((sum, { succeeded }) => sum + succeeded, 0),
    failed: hours.reduce((sum, { failed }) => sum + failed, 0),
  };
}
