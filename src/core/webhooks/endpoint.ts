// A standing webhook of a scope: what it wants, how it is, and when it is given up.

import { iso } from "../times.ts";
import { GONE, isSuccess, type Recipient } from "./delivery.ts";
import type { EventType } from "./events.ts";
import type { Rotating } from "./rotation.ts";
import { sameUrl, urlIdentity } from "./url-identity.ts";

/** How long everything must have failed before an endpoint is disabled. */
export const GIVE_UP_MS = 3 * 24 * 60 * 60 * 1000;

/**
 * Failures that lie further apart than this are not "everything failed": longer than any wait of the schedule, or than the
 * longest `Retry-After` that is honoured.
 */
const MAX_SILENCE_MS = 36 * 60 * 60 * 1000;

/** Enough to see a trend at a glance. */
const OUTCOMES_KEPT = 30;

export interface EndpointFields {
  readonly url: string;
  readonly events: readonly EventType[];
  readonly description: string;
  /** Sent with each delivery, beside our own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it is to be shown the client certificate that is bound to this deployment. */
  readonly clientCertificate: boolean;
}

/** What one attempt came to, as an endpoint remembers it. */
export interface EndpointOutcome {
  readonly at: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

export interface Endpoint extends EndpointFields {
  readonly id: string;
  readonly createdAt: number;
  /** Null while it is enabled. One that is only failing may be sent what it misses, once it is back. */
  readonly disabled: { readonly at: number; readonly reason: string; readonly isFailing: boolean } | null;
  /** Base64. */
  readonly secrets: Rotating<string>;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  /** The first failure since the last success, or since it was enabled. */
  readonly failingSince: number | null;
  /** The newest last. */
  readonly recent: readonly EndpointOutcome[];
}

export function newEndpoint(
  fields: EndpointFields,
  { id, createdAt, secrets }: Pick<Endpoint, "id" | "createdAt" | "secrets">,
): Endpoint {
  const fresh = { disabled: null, lastSuccessAt: null, lastFailureAt: null, failingSince: null, recent: [] };
  return { ...fields, id, createdAt, secrets, ...fresh };
}

/** What is undefined stays as it is. */
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
    // Another host has failed nothing yet.
    failingSince: change.url === undefined || sameUrl(change.url, endpoint.url) ? endpoint.failingSince : null,
  };
  if (enabled === false) {
    const reason = endpoint.disabled?.reason ?? "Disabled through the API.";
    return { ...changed, disabled: { at: endpoint.disabled?.at ?? now, reason, isFailing: false } };
  }
  // It gets its full time again.
  return enabled === true && endpoint.disabled !== null ? { ...changed, disabled: null, failingSince: null } : changed;
}

/** The endpoint after a test: that shows in its health, and is no reason to give it up. */
export function afterTest(endpoint: Endpoint, outcome: EndpointOutcome): Endpoint {
  const { disabled, failingSince, lastFailureAt } = endpoint;
  const after = afterOutcome({ ...endpoint, failingSince: null }, outcome);
  if (isSuccess(outcome.status)) return { ...after, disabled };
  // `lastFailureAt` belongs to a streak of failed deliveries: a test must not prolong one.
  return {
    ...after,
    disabled,
    failingSince,
    lastFailureAt: failingSince === null ? after.lastFailureAt : lastFailureAt,
  };
}

/** The endpoint after an attempt: its health, and whether it is given up. */
export function afterOutcome(endpoint: Endpoint, outcome: EndpointOutcome): Endpoint {
  const { at, status, error } = outcome;
  const recent = [...endpoint.recent, outcome].slice(-OUTCOMES_KEPT);
  if (isSuccess(outcome.status)) {
    return { ...endpoint, recent, lastSuccessAt: Math.max(at, endpoint.lastSuccessAt ?? at), failingSince: null };
  }
  const isSilent = at - (endpoint.lastFailureAt ?? at) > MAX_SILENCE_MS;
  // An attempt that began before the last success starts no streak.
  const isOutdated = endpoint.lastSuccessAt !== null && at <= endpoint.lastSuccessAt;
  const since = isSilent ? at : (endpoint.failingSince ?? at);
  const failingSince = isOutdated ? endpoint.failingSince : since;
  const failing = { ...endpoint, recent, failingSince, lastFailureAt: Math.max(at, endpoint.lastFailureAt ?? at) };
  if (endpoint.disabled !== null) return failing;
  if (status === GONE) return { ...failing, disabled: { at, reason: "It answered 410 Gone.", isFailing: false } };
  if (failingSince === null || at - failingSince < GIVE_UP_MS) return failing;
  const last = status === null ? (error ?? "no answer") : `status ${status}`;
  const reason = `Every attempt since ${iso(failingSince)} has failed; the last: ${last}.`;
  return { ...failing, disabled: { at, reason, isFailing: true } };
}

/** Who is told of an event: one endpoint for each URL, the oldest that is enabled. */
export function subscribers(endpoints: readonly Endpoint[], event: EventType): Recipient[] {
  const enabled = endpoints.filter(({ disabled }) => disabled === null);
  const failing = endpoints.filter(({ disabled }) => disabled?.isFailing);
  const wanted = [...enabled, ...failing].filter(({ events }) => events.includes(event));
  const identities = wanted.map(({ url }) => urlIdentity(url));
  return wanted
    .filter(({ url }, at) => identities.indexOf(urlIdentity(url)) === at)
    .map(({ id, url, disabled }) => ({ url, endpointId: id, isMissing: disabled !== null }));
}
