// A webhook endpoint as callers see it. Its secret has a separate route.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { iso, isoOrNull } from "../times.ts";
import { attemptView } from "./delivery-view.ts";
import type { Endpoint } from "./endpoint.ts";

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
    },
  };
}
