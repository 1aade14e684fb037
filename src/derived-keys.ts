// Everything that is derived from SIGNING_SECRET, so that nothing secret needs to be stored. HKDF (RFC 5869) with purpose,
// scope and rotation counter as its info: no two uses, and no two scopes, ever share a key.

import type { Scope } from "./core/scope.ts";

const KEY_BYTES = 32;

export type Purpose = "webhook-secret" | "webhook-key" | "webhook-key-address" | "video-link";

/** @param rotation counts the scope's own rotations of this secret, from 0. */
export async function deriveKey(secret: string, purpose: Purpose, scope: Scope, rotation = 0): Promise<ArrayBuffer> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const master = await crypto.subtle.importKey("raw", encode(secret), "HKDF", false, ["deriveBits"]);
  const info = encode(JSON.stringify([purpose, scope.account, scope.mode, rotation]));
  return crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: encode("reelhook"), info },
    master,
    KEY_BYTES * 8,
  );
}

export function importHmacKey(bytes: ArrayBuffer): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
