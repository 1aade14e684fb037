// Signatures of Standard Webhooks: `v1` is HMAC-SHA256, `v1a` is Ed25519.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import { fromBase64 } from "./base64.ts";
import { WebhookVerificationError } from "./error.ts";

export interface Signatures {
  /** Base64. */
  readonly v1: readonly string[];
  readonly v1a: readonly Uint8Array<ArrayBuffer>[];
}

/** Whether the key made one of the signatures. */
export type Verifier = (content: Uint8Array<ArrayBuffer>, signatures: Signatures) => Promise<boolean>;

/** 32 and 64 bytes in base64. The last letter has unused bits, which must be zero. */
const V1 = /^v1,([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;
const V1A = /^v1a,([A-Za-z0-9+/]{85}[AQgw]==)$/;

/**
 * Verifying takes about 0.1 ms for each, so a forged request must not bring thousands. Reelhook sends one for each
 * rotation (at most 6) and each SIGNING_SECRET. The number of `v1` signatures is not limited: webhook endpoints that share
 * a URL can have hundreds, and comparing them costs almost nothing.
 */
const MAX_V1A = 50;

/** @returns the signatures of known versions. The others are ignored. */
export function parseSignatures(header: string): Signatures {
  const each = header.split(" ");
  const find = (pattern: RegExp) => each.flatMap((text) => pattern.exec(text)?.[1] ?? []);
  const v1a = find(V1A);
  if (v1a.length > MAX_V1A) {
    throw new WebhookVerificationError("invalid_header", `webhook-signature has more than ${MAX_V1A} v1a signatures.`);
  }
  return { v1: find(V1), v1a: v1a.flatMap((text) => fromBase64(text) ?? []) };
}

export async function secretVerifier(secret: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return async (content, { v1 }) => {
    if (v1.length === 0) return false;
    // Signed once and compared, so that the work does not grow with the number of signatures.
    const expected = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign("HMAC", key, content))));
    return v1.some((signature) => isEqual(signature, expected));
  };
}

export async function publicKeyVerifier(publicKey: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  return async (content, { v1a }) => {
    for (const signature of v1a) {
      if (await crypto.subtle.verify("Ed25519", key, signature, content)) return true;
    }
    return false;
  };
}

/** For texts of equal length. Takes the same time wherever they differ, so that timing does not reveal the signature. */
function isEqual(a: string, b: string): boolean {
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
