// What a webhook endpoint is doing, told by its health.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { isGood } from "../generation/delivery-state.ts";
import type { AnsweredAttempt } from "./diagnosis.ts";

/** In the order in which endpoints are listed: what needs attention first. */
const STATES = ["failing", "disabled", "healthy", "unused"] as const;

export type EndpointState = (typeof STATES)[number];

type Told = Pick<EndpointView, "enabled" | "health">;

export function stateOf({ enabled, health }: Told): EndpointState {
  if (!enabled) return "disabled";
  if (health.failing_since !== null) return "failing";
  if (health.recent.length === 0) return "unused";
  // Failed test events start no streak.
  return health.last_success_at === null ? "failing" : "healthy";
}

/** Failing ones first, otherwise as they came. */
export function byUrgency<E extends Told>(endpoints: readonly E[]): readonly E[] {
  const rank = (endpoint: E) => STATES.indexOf(stateOf(endpoint));
  return endpoints.toSorted((one, other) => rank(one) - rank(other));
}

/** The newest attempt. Its answer is not known if it was made by an earlier release. */
export function lastAttempt({ health: { last_attempt, recent } }: Told): AnsweredAttempt | null {
  const newest = recent.at(-1);
  return last_attempt ?? (newest === undefined ? null : { ...newest, response: null });
}

/** The newest attempt, if it failed. */
export function lastFailure(endpoint: Told): AnsweredAttempt | null {
  const last = lastAttempt(endpoint);
  return last === null || isGood(last.status_code) ? null : last;
}

/** Whether it was disabled because all attempts had failed. What it misses since then is recorded and can be recovered. */
export function isDisabledForFailing({ disabled_reason }: Pick<EndpointView, "disabled_reason">): boolean {
  return disabled_reason?.startsWith("Every attempt since ") ?? false;
}

/** The names of events without what all of them begin with. */
export function eventNames(events: EndpointView["events"]): string {
  return events.map((type) => type.replace("generation.", "")).join(", ");
}

/** The host and path of a URL, without its query, which may hold a token. */
export function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return pathname === "/" ? host : host + pathname;
}
