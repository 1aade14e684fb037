// Base64, base64url and hex. Written by hand because Node 24, which runs tests and scripts, lacks Uint8Array.toHex and
// Uint8Array.toBase64.

export function toBase64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** @throws when `text` is not base64. */
export function fromBase64(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

/** Base64url (RFC 4648, section 5) without padding. */
export function toBase64Url(bytes: ArrayBuffer): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @throws when `text` is not base64url. */
export function fromBase64Url(text: string): ArrayBuffer {
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function toHex(bytes: ArrayBuffer): string {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += HEX[byte];
  return text;
}
