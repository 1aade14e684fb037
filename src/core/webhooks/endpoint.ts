// A webhook endpoint of a scope: its settings, its health, and when it is disabled for failing.

import type { EventType } from "../../contract/words.ts";
import { iso } from "../times.ts";
import { GONE, isSuccess, type Recipient } from "./delivery.ts";
import type { Rotating } from "./rotation.ts";
import { sameUrl, urlIdentity } from "./url-identity.ts";

/** An endpoint is disabled when every attempt has failed for this long. */
export const GIVE_UP_MS = 3 * 24 * 60 * 60 * 1000;

/**
 * A longer gap between two failures starts a new streak. This is longer than any wait of the default schedule and than
 * the longest `Retry-After` that is honored.
 */
const MAX_SILENCE_MS = 36 * 60 * 60 * 1000;

/** Recent outcomes kept per endpoint, enough to show a trend. */
const OUTCOMES_KEPT = 30;

const HOUR_MS = 60 * 60 * 1000;

/** Hours of which attempts are counted, the current one included. */
const HOURS_KEPT = 24;

export interface EndpointFields {
  readonly url: string;
  readonly events: readonly EventType[];
  readonly description: string;
  /** Sent with each delivery, in addition to our own headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether deliveries present the client certificate that is bound to this deployment. */
  readonly clientCertificate: boolean;
}

/** Outcome of one attempt, as kept in the endpoint's health. */
export interface EndpointOutcome {
  readonly at: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

/** The same, with the first 1 KiB of the answer; null without one. */
export interface AnsweredOutcome extends EndpointOutcome {
  readonly response: string | null;
}

/** Attempts that began in one hour. */
export interface HourOfAttempts {
  /** Start of the hour. */
  readonly at: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface Endpoint extends EndpointFields {
  readonly id: string;
  readonly createdAt: number;
  /** Null while enabled. `isFailing`: disabled for failing, so what it misses is recorded and can be sent later. */
  readonly disabled: { readonly at: number; readonly reason: string; readonly isFailing: boolean } | null;
  /** Base64. */
  readonly secrets: Rotating<string>;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  /** Time of the first failure since the last success or since it was enabled; null without one. */
  readonly failingSince: number | null;
  /** Newest last. */
  readonly recent: readonly EndpointOutcome[];
  /** The newest attempt. Absent before the first, and in records of earlier releases. */
  readonly lastAttempt?: AnsweredOutcome;
  /** Oldest first, at most {@link HOURS_KEPT}, without hours that had no attempt. Absent like `lastAttempt`. */
  readonly hours?: readonly HourOfAttempts[];
}

export function newEndpoint(
  fields: EndpointFields,
  { id, createdAt, secrets }: Pick<Endpoint, "id" | "createdAt" | "secrets">,
): Endpoint {
  const fresh = { disabled: null, lastSuccessAt: null, lastFailureAt: null, failingSince: null, recent: [] };
  return { ...fields, id, createdAt, secrets, ...fresh };
}

/** Undefined fields stay unchanged. */
export type EndpointChange = { readonly [F in keyof EndpointFields]?: EndpointFields[F] | undefined } & {
  readonly enabled?: boolean | undefined;
};

export function changedEndpoint(endpoint: Endpoint, change: EndpointChange, now: number): Endpoint {
  const { enabled } = change;
  const changed = {
    ...endpoint,
    url: change.url ?? endpoint.url,
    events: change.events ?? endpoint.events,
    description: change.description ?? endpoint.description,
    headers: change.headers ?? endpoint.headers,
    clientCertificate: change.clientCertificate ?? endpoint.clientCertificate,
    // A new URL starts without a failure streak.
    failingSince: change.url === undefined || sameUrl(change.url, endpoint.url) ? endpoint.failingSince : null,
  };
  if (enabled === false) {
    const reason = endpoint.disabled?.reason ?? "Disabled through the API.";
    return { ...changed, disabled: { at: endpoint.disabled?.at ?? now, reason, isFailing: false } };
  }
  // A re-enabled endpoint starts without a failure streak.
  return enabled === true && endpoint.disabled !== null ? { ...changed, disabled: null, failingSince: null } : changed;
}

/** The endpoint after a test. The result shows in its health but never disables it. */
export function afterTest(endpoint: Endpoint, outcome: AnsweredOutcome): Endpoint {
  const { disabled, failingSince, lastFailureAt } = endpoint;
  const after = afterOutcome({ ...endpoint, failingSince: null }, outcome);
  if (isSuccess(outcome.status)) return { ...after, disabled };
  // A failed test must not prolong a streak of failed deliveries, which ends at `lastFailureAt`.
  return {
    ...after,
    disabled,
    failingSince,
    lastFailureAt: failingSince === null ? after.lastFailureAt : lastFailureAt,
  };
}

/** The endpoint after an attempt: updates its health, and disables it after a 410 or `GIVE_UP_MS` of failures. */
export function afterOutcome(endpoint: Endpoint, answered: AnsweredOutcome): Endpoint {
  const { response: _, ...outcome } = answered;
  const { at, status, error } = outcome;
  const { lastAttempt = answered } = endpoint;
  const told = {
    ...endpoint,
    recent: [...endpoint.recent, outcome].slice(-OUTCOMES_KEPT),
    // Reports may arrive in another order than the attempts began.
    lastAttempt: at >= lastAttempt.at ? answered : lastAttempt,
    hours: withAttempt(endpoint.hours ?? [], outcome),
  };
  if (isSuccess(status)) {
    return { ...told, lastSuccessAt: Math.max(at, endpoint.lastSuccessAt ?? at), failingSince: null };
  }
  const isSilent = at - (endpoint.lastFailureAt ?? at) > MAX_SILENCE_MS;
  // An attempt that began before the last success starts no streak.
  const isOutdated = endpoint.lastSuccessAt !== null && at <= endpoint.lastSuccessAt;
  const since = isSilent ? at : (endpoint.failingSince ?? at);
  const failingSince = isOutdated ? endpoint.failingSince : since;
  const failing = { ...told, failingSince, lastFailureAt: Math.max(at, endpoint.lastFailureAt ?? at) };
  if (endpoint.disabled !== null) return failing;
  if (status === GONE) return { ...failing, disabled: { at, reason: "Answered 410 Gone.", isFailing: false } };
  if (failingSince === null || at - failingSince < GIVE_UP_MS) return failing;
  const last = status === null ? (error ?? "no answer") : `status ${status}`;
  const reason = `Every attempt since ${iso(failingSince)} failed. Last result: ${last}.`;
  return { ...failing, disabled: { at, reason, isFailing: true } };
}

/** The hours of the last day. @param hours as stored: they may be older if nothing has been sent since. */
export function hoursUntil(now: number, hours: readonly HourOfAttempts[]): readonly HourOfAttempts[] {
  return hours.filter(({ at }) => at > now - HOURS_KEPT * HOUR_MS);
}

function withAttempt(hours: readonly HourOfAttempts[], { at, status }: EndpointOutcome): readonly HourOfAttempts[] {
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  const { succeeded, failed } = hours.find((each) => each.at === hour) ?? { succeeded: 0, failed: 0 };
  const counted = isSuccess(status) ? { succeeded: succeeded + 1, failed } : { succeeded, failed: failed + 1 };
  const all = [...hours.filter((each) => each.at !== hour), { at: hour, ...counted }];
  return all.sort((a, b) => a.at - b.at).slice(-HOURS_KEPT);
}

/** Recipients of an event: one endpoint per URL, the oldest enabled one, or else the oldest disabled for failing. */
export function subscribers(endpoints: readonly Endpoint[], event: EventType): Recipient[] {
  const enabled = endpoints.filter(({ disabled }) => disabled === null);
  const failing = endpoints.filter(({ disabled }) => disabled?.isFailing);
  const wanted = [...enabled, ...failing].filter(({ events }) => events.includes(event));
  const identities = wanted.map(({ url }) => urlIdentity(url));
  return wanted
    .filter(({ url }, at) => identities.indexOf(urlIdentity(url)) === at)
    .map(({ id, url, disabled }) => ({ url, endpointId: id, isMissing: disabled !== null }));
}
