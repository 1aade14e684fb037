// A webhook endpoint as callers see it. Its secret is shown when it is created, and by a route of its own.

import type { EndpointView, NewEndpointView } from "../../contract/webhook-endpoints.ts";
import { iso, isoOrNull } from "../times.ts";
import { attemptView } from "./delivery-view.ts";
import type { Endpoint } from "./endpoint.ts";

/** An endpoint's secret as receivers enter it. @param base64 the secret as it is stored. */
export function endpointSecret(base64: string): string {
  return `whsec_${base64}`;
}

export function newEndpointView(endpoint: Endpoint): NewEndpointView {
  return { ...endpointView(endpoint), secret: endpointSecret(endpoint.secrets.current) };
}

export function endpointView(endpoint: Endpoint): EndpointView {
  const { id, url, events, description, headers, clientCertificate, disabled, createdAt } = endpoint;
  return {
    id,
    object: "webhook_endpoint",
    url,
    events,
    description,
    headers,
    client_certificate: clientCertificate,
    enabled: disabled === null,
    disabled_at: isoOrNull(disabled?.at ?? null),
    disabled_reason: disabled?.reason ?? null,
    created_at: iso(createdAt),
    health: {
      last_success_at: isoOrNull(endpoint.lastSuccessAt),
      last_failure_at: isoOrNull(endpoint.lastFailureAt),
      failing_since: isoOrNull(endpoint.failingSince),
      recent: endpoint.recent.map(attemptView),
      last_attempt: null,
      hours: [],
    },
    recovery: null,
  };
}
