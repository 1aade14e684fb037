// Signs an event as a delivery of the deployment is signed: https://www.standardwebhooks.com

import { createHash, createHmac } from "node:crypto";
import packageJson from "../../../package.json" with { type: "json" };

/** An event that a webhook can subscribe to, with the exact body that the webhook would get. */
export interface Callback {
  /** The `webhook-id`. */
  readonly id: string;
  readonly type: string;
  readonly generationId: string;
  readonly body: string;
}

/** Crockford's base 32 in lower case, as in every id of the API. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** The same id for the same event, so that a receiver recognizes an event that it gets again. */
export function messageId(generationId: string, type: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([generationId, type]))
    .digest();
  return `msg_${Array.from(digest.subarray(0, 26), (byte) => ALPHABET[byte % 32]).join("")}`;
}

export interface Signing {
  /** `whsec_…`. Each one signs. */
  readonly secrets: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Counts from 1. */
  readonly attempt: number;
}

/** The headers of a delivery, but without `v1a` signatures: only the deployment has the private key for them. */
export function headersOf({ id, body }: Callback, { secrets, at, attempt }: Signing): Record<string, string> {
  const timestamp = Math.floor(at / 1_000);
  const sign = (secret: string) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  };
  return {
    "content-type": "application/json",
    "user-agent": `Reelhook/${packageJson.version}`,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": secrets.map(sign).join(" "),
    "reelhook-attempt": String(attempt),
  };
}
