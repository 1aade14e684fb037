// Derives keys from SIGNING_SECRET, so that they need not be stored. HKDF (RFC 5869) takes purpose, scope and rotation
// as its info, so that no two purposes, scopes or rotations share a key.

import type { Scope } from "./core/scope.ts";

const KEY_BYTES = 32;

export type Purpose = "webhook-secret" | "webhook-key" | "webhook-key-address" | "video-link";

/** @param rotation how many times the scope has rotated this key. */
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
