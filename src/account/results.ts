// Results that an account's object returns.

import type { Json } from "../contract/json.ts";
import type { EndpointView } from "../contract/webhook-endpoints.ts";

export type CreateEndpointResult =
  | { readonly kind: "created"; readonly json: Json<EndpointView> }
  | { readonly kind: "limit_reached"; readonly limit: number };

/** A signing secret. */
export interface EncodedSecret {
  readonly base64: string;
}
