// Results that an account's object returns.

import type { Json } from "../contract/json.ts";
import type { EndpointView } from "../contract/webhook-endpoints.ts";
import type { CertificateField } from "../core/webhooks/certificate-hosts.ts";

export type CreateEndpointResult =
  | { readonly kind: "created"; readonly json: Json<EndpointView> }
  | { readonly kind: "limit_reached"; readonly limit: number }
  | CertificateRefused;

/** Null if there is no such endpoint. */
export type ChangeEndpointResult =
  | { readonly kind: "changed"; readonly json: Json<EndpointView> }
  | CertificateRefused
  | null;

/** The client certificate may not be presented to this host. */
export interface CertificateRefused {
  readonly kind: "certificate_refused";
  readonly field: CertificateField;
}

/** A signing secret. */
export interface EncodedSecret {
  readonly base64: string;
}
