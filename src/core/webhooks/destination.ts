// Decides where a delivery goes and which secrets sign it, at the time it is sent.

import type { AttemptResult, Delivery } from "./delivery.ts";
import { activeValues, type Rotating } from "./rotation.ts";
import { sameUrl } from "./url-identity.ts";

/** Current URL, headers and secrets of a webhook endpoint. */
export interface EndpointDestination {
  readonly url: string;
  readonly enabled: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly clientCertificate: boolean;
  /** All secrets that sign now. Base64, newest first. */
  readonly secrets: readonly string[];
}

/** The account's answer about one delivery: where to send it and how to sign it. */
export interface DeliveryInstruction {
  /** Rotation state of the scope's own secret. */
  readonly rotation: Rotating<number>;
  /** Whether anyone is listening to the scope's event stream. */
  readonly isWatched: boolean;
  /** Null when the endpoint was deleted, or the delivery has none. */
  readonly endpoint: EndpointDestination | null;
  /**
   * Null if the host has no line, absent in answers of earlier releases. `turnAt` is when the delivery may be sent: null
   * means now, or that it asked for no turn.
   */
  readonly line?: { readonly turnAt: number | null } | null;
}

/** What the account needs to know of a delivery to give its instruction. */
export interface DeliveryTarget extends Pick<Delivery, "url" | "requested" | "endpointId" | "event"> {
  /** Present if the delivery takes a turn now, should its host have a line: the turn it was given earlier, or null. */
  readonly turn?: number | null;
}

/** An instruction, and the delivery that it is for. */
export interface Instructed {
  readonly target: DeliveryTarget;
  readonly instruction: DeliveryInstruction;
}

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
  /** Nothing is sent; `error` goes into the delivery's log. */
  | { readonly kind: "withheld"; readonly error: string; readonly unsent: Unsent };

type Unsent = NonNullable<AttemptResult["unsent"]>;

/** The URL that the delivery is sent to. Null if it is withheld. */
export function destinationUrl(
  { url, requested }: Pick<Delivery, "url" | "requested">,
  endpoint: Pick<EndpointDestination, "url" | "enabled"> | null,
): string | null {
  if (requested) return url;
  return endpoint?.enabled ? endpoint.url : null;
}

/**
 * @param instruction null when the account does not answer: webhooks named in the request are still sent.
 * @param lastRotation as last received from the account.
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
    // The endpoint's headers, certificate and secrets are used only while it is enabled at this URL.
    const shared = endpoint?.enabled && sameUrl(endpoint.url, url) ? endpoint : null;
    const { headers = {}, clientCertificate = false, secrets: endpointSecrets = [] } = shared ?? {};
    const keys = { hmacRotations: rotations, ed25519Rotations: rotations, endpointSecrets };
    return { kind: "send", url, headers, clientCertificate, keys };
  }
  if (instruction === null) return withheld("the endpoint's secret could not be loaded", "uncounted");
  if (endpoint === null) return withheld("the endpoint has been deleted", "final");
  if (!endpoint.enabled) return withheld("the endpoint is disabled", "counted");
  const keys = { hmacRotations: [], ed25519Rotations: rotations, endpointSecrets: endpoint.secrets };
  const { headers, clientCertificate } = endpoint;
  return { kind: "send", url: endpoint.url, headers, clientCertificate, keys };
}

function withheld(reason: string, unsent: Unsent): Destination {
  return { kind: "withheld", error: `not sent: ${reason}`, unsent };
}
