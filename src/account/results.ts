// Results that an account's object returns.

import type { DeliveryView } from "../contract/deliveries.ts";
import type { Json } from "../contract/json.ts";
import type { EndpointView, NewEndpointView } from "../contract/webhook-endpoints.ts";
import type { CertificateField } from "../core/webhooks/certificate-hosts.ts";
import type { Reservation } from "./place-store.ts";

/** A reserved place, or the limit that refuses it. */
export type ReserveResult =
  | (Extract<Reservation, { readonly kind: "reserved" }> & {
      /**
       * Until when a generation can take the place, in milliseconds since the Unix epoch. Soon afterwards, the watchdog
       * gives an unused place back.
       */
      readonly takeBy: number;
    })
  | Exclude<Reservation, { readonly kind: "reserved" }>
  | Limited;

export type CreateEndpointResult =
  | { readonly kind: "created"; readonly json: Json<NewEndpointView> }
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

/** A limit on how often this may happen is reached: nothing was done. */
export interface Limited {
  readonly kind: "limited";
  /** Time until one more is possible. */
  readonly waitMs: number;
}

export type TestEndpointResult =
  | { readonly kind: "sent"; readonly json: Json<DeliveryView> }
  | Limited
  | { readonly kind: "not_found" };

export type RecoverEndpointResult =
  | {
      /** `counted`: nothing was started. */
      readonly kind: "started" | "counted";
      /** Deliveries in the endpoint's log that can be sent again. */
      readonly matching: number;
    }
  | Limited
  | { readonly kind: "not_found" };

/** A signing secret. */
export interface EncodedSecret {
  readonly base64: string;
}
