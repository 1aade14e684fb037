// Where a delivery goes and whose secrets sign it, as things stand when it is sent.

import type { AttemptResult, Delivery } from "./delivery.ts";
import { activeValues, type Rotating } from "./rotation.ts";
import { sameUrl } from "./url-identity.ts";

/** Where a standing endpoint is now, and what signs for it. */
export interface EndpointDestination {
  readonly url: string;
  readonly enabled: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly clientCertificate: boolean;
  /** Base64, the newest first: all that sign now. */
  readonly secrets: readonly string[];
}

/** The account's answer to how a delivery is to be signed. */
export interface DeliveryInstruction {
  /** Of the scope's own secret. */
  readonly rotation: Rotating<number>;
  /** Whether somebody listens to what happens in the scope. */
  readonly isWatched: boolean;
  /** Null when it has been deleted, or none was asked about. */
  readonly endpoint: EndpointDestination | null;
}

/** What the account must know of a delivery to answer that. */
export type DeliveryTarget = Pick<Delivery, "url" | "endpointId" | "event">;

export interface SigningKeys {
  /** Rotations of the scope's secret whose HMAC keys sign. */
  readonly hmacRotations: readonly number[];
  /** Rotations of the scope's secret whose Ed25519 keys sign. */
  readonly ed25519Rotations: readonly number[];
  readonly endpointSecrets: readonly string[];
}

export type Destination =
  | {
      readonly kind: "send";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly clientCertificate: boolean;
      readonly keys: SigningKeys;
    }
  /** Nothing leaves; what the log says instead. */
  | { readonly kind: "withheld"; readonly error: string; readonly unsent: Unsent };

type Unsent = NonNullable<AttemptResult["unsent"]>;

/**
 * @param instruction null when the account does not answer: what the request itself named is sent all the same.
 * @param lastRotation as the account told it last.
 */
export function destinationOf(
  { url, requested, endpointId }: Pick<Delivery, "url" | "requested" | "endpointId">,
  {
    instruction,
    lastRotation,
    now,
  }: { instruction: DeliveryInstruction | null; lastRotation: Rotating<number>; now: number },
): Destination {
  const rotations = activeValues(instruction?.rotation ?? lastRotation, now);
  const endpoint = endpointId === null ? null : (instruction?.endpoint ?? null);
  if (requested) {
    // What is the endpoint's goes to where the endpoint is, and nowhere else.
    const shared = endpoint?.enabled && sameUrl(endpoint.url, url) ? endpoint : null;
    const { headers = {}, clientCertificate = false, secrets: endpointSecrets = [] } = shared ?? {};
    const keys = { hmacRotations: rotations, ed25519Rotations: rotations, endpointSecrets };
    return { kind: "send", url, headers, clientCertificate, keys };
  }
  if (instruction === null) return withheld("the account did not answer for the endpoint's secret", "uncounted");
  if (endpoint === null) return withheld("the endpoint has been deleted", "final");
  if (!endpoint.enabled) return withheld("the endpoint is disabled", "counted");
  const keys = { hmacRotations: [], ed25519Rotations: rotations, endpointSecrets: endpoint.secrets };
  const { headers, clientCertificate } = endpoint;
  return { kind: "send", url: endpoint.url, headers, clientCertificate, keys };
}

function withheld(reason: string, unsent: Unsent): Destination {
  return { kind: "withheld", error: `not sent: ${reason}`, unsent };
}
