// Signed links that play one video without an API key until they expire. Nothing is stored: the signature is the proof.

import type { Clock } from "../clock.ts";
import { fromBase64Url, toBase64Url } from "../core/encoding.ts";
import type { Scope } from "../core/scope.ts";
import { deriveKey, importHmacKey } from "../derived-keys.ts";
import type { LinkSigner } from "../generation/ports.ts";

export interface LinkDeps {
  /** Newest first. The first signs; all verify. */
  readonly signingSecrets: readonly string[];
  readonly clock: Clock;
}

export interface LinkQuery {
  /** Seconds since the Unix epoch, as written in the URL. */
  readonly expires: string;
  readonly signature: string;
}

const path = (id: string) => `/v1/generations/${id}/video`;

export function linkSigner({ signingSecrets, clock }: LinkDeps): LinkSigner {
  return {
    async sign({ id, scope, base, ttlMs }) {
      const [secret] = signingSecrets;
      // Without a secret, return the plain URL, which requires an API key.
      if (secret === undefined) return { url: `${base}${path(id)}`, expiresAt: null };
      const expires = Math.floor((clock.now() + ttlMs) / 1000);
      const mac = await crypto.subtle.sign("HMAC", await linkKey(secret, scope), content(id, String(expires)));
      const query = new URLSearchParams({ expires: String(expires), signature: toBase64Url(mac) });
      return { url: `${base}${path(id)}?${query}`, expiresAt: expires * 1000 };
    },
  };
}

/** Whether the link was signed for this video and has not expired. Compares in constant time. */
export async function verifyLink(
  { id, scope }: { id: string; scope: Scope },
  { expires, signature }: LinkQuery,
  { signingSecrets, clock }: LinkDeps,
): Promise<boolean> {
  const mac = macOf(signature);
  if (mac === null || !/^\d{1,12}$/.test(expires)) return false;
  const verified = signingSecrets.map(async (secret) =>
    crypto.subtle.verify("HMAC", await linkKey(secret, scope), mac, content(id, expires)),
  );
  return (await Promise.all(verified)).includes(true) && Number(expires) * 1000 > clock.now();
}

async function linkKey(secret: string, scope: Scope): Promise<CryptoKey> {
  return importHmacKey(await deriveKey(secret, "video-link", scope));
}

function content(id: string, expires: string): Uint8Array {
  return new TextEncoder().encode(`${id}.${expires}`);
}

function macOf(signature: string): ArrayBuffer | null {
  try {
    return fromBase64Url(signature);
  } catch {
    return null;
  }
}
