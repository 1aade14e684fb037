// A webhook endpoint as callers see it. Its secret is shown when it is created, and by a route of its own.

import type { TestEventView } from "../../contract/events.ts";
import type { EndpointView, NewEndpointView } from "../../contract/webhook-endpoints.ts";
import { iso, isoOrNull } from "../times.ts";
import { attemptView } from "./delivery-view.ts";
import { type Endpoint, hoursUntil } from "./endpoint.ts";

/** How far the last recovery of an endpoint has come. Times are in milliseconds since the Unix epoch. */
export interface RecoveryProgress {
  /** Deliveries of generations that were accepted before this time are not sent again. */
  readonly since: number;
  /** Failed and gone deliveries that the log had when it was started. */
  readonly matching: number;
  /** Deliveries that have been sent again so far. */
  readonly resent: number;
  readonly startedAt: number;
  /** Null while it is running. */
  readonly finishedAt: number | null;
}

export interface EndpointViewContext {
  readonly now: number;
  /** The endpoint's last one; null if there was none. */
  readonly recovery: RecoveryProgress | null;
}

/** An endpoint's secret as receivers enter it. @param base64 the secret as it is stored. */
export function endpointSecret(base64: string): string {
  return `whsec_${base64}`;
}

export function newEndpointView(endpoint: Endpoint, context: EndpointViewContext): NewEndpointView {
  return { ...endpointView(endpoint, context), secret: endpointSecret(endpoint.secrets.current) };
}

export function endpointView(endpoint: Endpoint, { now, recovery }: EndpointViewContext): EndpointView {
  const { headers, lastSuccessAt, lastFailureAt, failingSince, recent, lastAttempt, hours = [] } = endpoint;
  return {
    ...testedEndpointView(endpoint),
    headers,
    health: {
      last_success_at: isoOrNull(lastSuccessAt),
      last_failure_at: isoOrNull(lastFailureAt),
      failing_since: isoOrNull(failingSince),
      recent: recent.map(attemptView),
      last_attempt: lastAttempt === undefined ? null : { ...attemptView(lastAttempt), response: lastAttempt.response },
      hours: hoursUntil(now, hours).map((hour) => ({ ...hour, at: iso(hour.at) })),
    },
    recovery: recovery && recoveryView(recovery),
  };
}

/** The data of a test event. */
export function testedEndpointView(endpoint: Endpoint): TestEventView["data"] {
  const { id, url, events, description, clientCertificate, disabled, createdAt } = endpoint;
  return {
    id,
    object: "webhook_endpoint",
    url,
    events,
    description,
    client_certificate: clientCertificate,
    enabled: disabled === null,
    disabled_at: isoOrNull(disabled?.at ?? null),
    disabled_reason: disabled?.reason ?? null,
    created_at: iso(createdAt),
  };
}

function recoveryView({ since, matching, resent, startedAt, finishedAt }: RecoveryProgress): EndpointView["recovery"] {
  return {
    since: iso(since),
    matching,
    resent,
    started_at: iso(startedAt),
    finished_at: isoOrNull(finishedAt),
  };
}
