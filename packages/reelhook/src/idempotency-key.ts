// The rule for idempotency keys that the client and the command share.

/**
 * Whether a key arrives as it was given: printable ASCII, without spaces at its ends. Whether it is empty or too long is
 * left to the API.
 *
 * Runtimes encode other characters differently, and remove spaces at the ends of a header, so that two different keys
 * could become the same.
 */
export function arrivesUnchanged(key: unknown): key is string {
  return typeof key === "string" && /^[\x20-\x7e]*$/.test(key) && key.trim() === key;
}
