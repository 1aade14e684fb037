// Ids: a prefix for the kind of resource, and 26 characters of Crockford's base 32 in lower case (at least 128 bits).

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH = 26;

/** Matches exactly the ids that `newGenerationId` and `generationIdFor` make. */
export const GENERATION_ID = /^gen_[0-9a-hjkmnp-tv-z]{26}$/;

/** Matches exactly the ids that `newEndpointId` makes. */
export const ENDPOINT_ID = /^we_[0-9a-hjkmnp-tv-z]{26}$/;

export function newGenerationId(): string {
  return `gen_${encode(crypto.getRandomValues(new Uint8Array(ID_LENGTH)))}`;
}

/** The same id for the same key in the same scope, so that a retry reaches the same object. Depends on no secret. */
export async function generationIdFor(
  { account, mode }: { readonly account: string; readonly mode: string },
  idempotencyKey: string,
): Promise<string> {
  const text = JSON.stringify([account, mode, idempotencyKey]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `gen_${encode(new Uint8Array(digest))}`;
}

export function newDeliveryId(): string {
  return `msg_${encode(crypto.getRandomValues(new Uint8Array(ID_LENGTH)))}`;
}

export function newEndpointId(): string {
  return `we_${encode(crypto.getRandomValues(new Uint8Array(ID_LENGTH)))}`;
}

export function newApiKeyId(): string {
  return `key_${encode(crypto.getRandomValues(new Uint8Array(ID_LENGTH)))}`;
}

/** `length` random characters. */
export function randomText(length: number): string {
  return encode(crypto.getRandomValues(new Uint8Array(length)), length);
}

/** The first `length` characters. Uses five bits of each byte. All letters are equally likely, because 256 is a multiple of 32. */
export function encode(bytes: Uint8Array, length = ID_LENGTH): string {
  return Array.from(bytes.subarray(0, length), (byte) => ALPHABET[byte % 32]).join("");
}
