// Derives keys from SIGNING_SECRET, so that they need not be stored. HKDF (RFC 5869) takes the purpose, and for keys of a
// scope also the scope and rotation, as its info, so that no two purposes, scopes or rotations share a key.

import type { Scope } from "./core/scope.ts";

const KEY_BYTES = 32;

export type ScopePurpose = "webhook-secret" | "webhook-key" | "webhook-key-address";

/** A key of one scope. @param rotation how many times the scope has rotated this key. */
export function deriveKey(secret: string, purpose: ScopePurpose, scope: Scope, rotation = 0): Promise<ArrayBuffer> {
  return hkdf(secret, [purpose, scope.account, scope.mode, rotation]);
}

/** The key that signs the links of all scopes: a link is verified before its scope is known. */
export function deriveLinkKey(secret: string): Promise<ArrayBuffer> {
  return hkdf(secret, ["video-link"]);
}

async function hkdf(secret: string, info: readonly (string | number)[]): Promise<ArrayBuffer> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const master = await crypto.subtle.importKey("raw", encode(secret), "HKDF", false, ["deriveBits"]);
  return crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: encode("reelhook"), info: encode(JSON.stringify(info)) },
    master,
    KEY_BYTES * 8,
  );
}

export function importHmacKey(bytes: ArrayBuffer): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
