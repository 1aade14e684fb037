// Names for things. Ids are 26 characters of Crockford's base 32 (128 bits and more), in lower case, behind a prefix that
// says what they name.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH = 26;

/** Exactly what `newGenerationId` and `generationIdFor` make. */
export const GENERATION_ID = /^gen_[0-9a-hjkmnp-tv-z]{26}$/;

export function newGenerationId(): string {
  return `gen_${encode(crypto.getRandomValues(new Uint8Array(ID_LENGTH)))}`;
}

/** The same id for the same key in the same scope, whatever secrets rotate: a retry reaches the same object. */
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

/** Five bits of each byte: 256 is a multiple of 32, so each letter is equally likely. */
function encode(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, ID_LENGTH), (byte) => ALPHABET[byte % 32]).join("");
}
