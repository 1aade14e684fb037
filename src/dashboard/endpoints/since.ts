// The times since which a webhook endpoint can be recovered.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { ageOf } from "../shared/units.ts";

export interface Since {
  readonly label: string;
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
    return time === null ? [] : [{ label: `${what}, ${ageOf(now - at)} ago`, at: at - LONGEST_GENERATION_MS }];
  };
  return [
    ...happened("the failures started", health.failing_since),
    ...happened("it was disabled", disabled_at),
    ...happened("the last success", health.failing_since === null ? null : health.last_success_at),
    { label: "an hour ago", at: now - HOUR_MS },
    { label: "a day ago", at: now - DAY_MS },
    { label: "3 days ago", at: now - 3 * DAY_MS },
  ];
}
