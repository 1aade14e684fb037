// A standing endpoint as callers see it. Its secret is asked for by itself.

import { iso, isoOrNull } from "../times.ts";
import { type AttemptView, attemptView } from "./delivery-view.ts";
import type { Endpoint } from "./endpoint.ts";

export interface EndpointView {
  readonly id: string;
  readonly object: "webhook_endpoint";
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly client_certificate: boolean;
  readonly enabled: boolean;
  readonly disabled_at: string | null;
  readonly disabled_reason: string | null;
  readonly created_at: string;
  readonly health: {
    readonly last_success_at: string | null;
    readonly last_failure_at: string | null;
    readonly failing_since: string | null;
    readonly recent: readonly AttemptView[];
  };
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
    },
  };
}
