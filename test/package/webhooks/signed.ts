// Callbacks signed as the Worker signs them.

import {
  ed25519KeyPair,
  ed25519Signer,
  formatPublicKey,
  formatSecret,
  hmacSigner,
  type Signer,
  signatureHeader,
} from "../../../src/webhooks/signature.ts";

export interface SignedCallback {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const EVENT = {
  type: "generation.completed",
  timestamp: "2026-11-22T17:03:32.000Z",
  data: { id: "gen_1", input: { prompt: "Añade una hada 🧚" }, estimate: { usd: 0.75 } },
};
export const BODY = JSON.stringify(EVENT);

/** A receiver's keys, and what signs with them. */
export async function newKeys() {
  const hmacKey = crypto.getRandomValues(new Uint8Array(32)).buffer;
  const pair = await ed25519KeyPair(crypto.getRandomValues(new Uint8Array(32)).buffer);
  return {
    secret: formatSecret(hmacKey),
    publicKey: formatPublicKey(pair),
    v1: hmacSigner(hmacKey),
    v1a: ed25519Signer(pair),
  };
}

/** @param ageSeconds negative if it lies ahead. */
export async function signed(
  signers: readonly Signer[],
  { body = BODY, ageSeconds = 0, id = "msg_1" } = {},
): Promise<SignedCallback> {
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  const signature = await signatureHeader(signers, { id, timestamp, body });
  return {
    headers: { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature },
    body,
  };
}
