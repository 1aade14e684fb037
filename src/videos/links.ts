// Signed links that play one video without an API key until they expire. Nothing is stored: the signature is the proof,
// and it is verified without asking the generation's object.

import type { Clock } from "../clock.ts";
import { fromBase64Url, toBase64Url } from "../core/encoding.ts";
import { deriveLinkKey, importHmacKey } from "../derived-keys.ts";
import type { LinkSigner } from "../generation/ports.ts";

export interface LinkDeps {
  /** Newest first. The first signs; all verify. */
  readonly signingSecrets: readonly string[];
  readonly clock: Clock;
}

/** The parts of a link, as written in the URL. Empty if missing or given more than once. */
export interface LinkQuery {
  /**
   * When the generation was created, in milliseconds since the Unix epoch. An id can be used again a day after its
   * generation was deleted, so the id alone does not identify the video.
   */
  readonly v: string;
  /** Seconds since the Unix epoch. */
  readonly expires: string;
  readonly signature: string;
}

const path = (id: string) => `/v1/generations/${id}/video`;

/** The signer derives its key once. */
export function linkSigner({ signingSecrets, clock }: LinkDeps): LinkSigner {
  let key: Promise<CryptoKey> | undefined;
  return {
    async sign({ id, createdAt, base, ttlMs }) {
      const [secret] = signingSecrets;
      // Without a secret, return the plain URL, which requires an API key.
      if (secret === undefined) return { url: `${base}${path(id)}`, expiresAt: null };
      const expires = Math.floor((clock.now() + ttlMs) / 1000);
      const signed = { v: String(createdAt), expires: String(expires) };
      key ??= linkKey(secret);
      const mac = await crypto.subtle.sign("HMAC", await key, content(id, signed));
      const query = new URLSearchParams({ ...signed, signature: toBase64Url(mac) });
      return { url: `${base}${path(id)}?${query}`, expiresAt: expires * 1000 };
    },
  };
}

/**
 * Whether the link was signed for the generation with this id that was created at `v`, and has not expired. Does the same
 * work for every link, valid or not, and compares in constant time. The caller compares `v` with the generation's record.
 */
export async function verifyLink(
  id: string,
  { signature, ...signed }: LinkQuery,
  { signingSecrets, clock }: LinkDeps,
): Promise<boolean> {
  const mac = macOf(signature);
  const verified = signingSecrets.map(async (secret) =>
    crypto.subtle.verify("HMAC", await linkKey(secret), mac, content(id, signed)),
  );
  return (await Promise.all(verified)).includes(true) && Number(signed.expires) * 1000 > clock.now();
}

async function linkKey(secret: string): Promise<CryptoKey> {
  return importHmacKey(await deriveLinkKey(secret));
}

/** JSON, so that no two links have the same content, whatever their parts contain. */
function content(id: string, { v, expires }: Omit<LinkQuery, "signature">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([id, v, expires]));
}

/** An empty MAC, which never verifies, unless the signature is spelled exactly as `sign` does. */
function macOf(signature: string): ArrayBuffer {
  try {
    const mac = fromBase64Url(signature);
    if (toBase64Url(mac) === signature) return mac;
  } catch {
    // Not base64url.
  }
  return new ArrayBuffer(0);
}
