// The times since which a webhook endpoint can be recovered.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { ageOf } from "../shared/units.ts";

export interface Since {
  readonly label: string;
  /** Whether `at` is a day before what the label says. */
  readonly isEarlier: boolean;
  /** Generations accepted before this time are left out, in milliseconds since the Unix epoch. */
  readonly at: number;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * A generation that was accepted this long before may still be in progress. Its deliveries fail later than it was
 * accepted, and it is the time of acceptance that counts.
 */
const LONGEST_GENERATION_MS = DAY_MS;

/** What happened to the endpoint first, then times before now. */
export function sinces({ disabled_at, health }: EndpointView, now: number): readonly Since[] {
  const happened = (what: string, time: string | null) => {
    const at = Date.parse(time ?? "");
    return time === null
      ? []
      : [{ label: `${what}, ${ageOf(now - at)} ago`, isEarlier: true, at: at - LONGEST_GENERATION_MS }];
  };
  return [
    ...happened("the failures started", health.failing_since),
    ...happened("it was disabled", disabled_at),
    ...happened("the last success", health.failing_since === null ? null : health.last_success_at),
    { label: "an hour ago", isEarlier: false, at: now - HOUR_MS },
    { label: "a day ago", isEarlier: false, at: now - DAY_MS },
    { label: "3 days ago", isEarlier: false, at: now - 3 * DAY_MS },
  ];
}

/** How far the log of an endpoint goes back. */
const LOG_MS = 30 * DAY_MS;

/** Whether failed deliveries since then may be missing in the log. They are sent again, but not counted before. */
export function isBeforeLog(since: number, now: number): boolean {
  return since < now - LOG_MS;
}
