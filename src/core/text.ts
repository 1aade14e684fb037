// Text that others will read: receivers of callbacks, callers, logs. A lone surrogate (half of a character) is valid in a
// JavaScript string but not in UTF-8, and many JSON parsers refuse a document that contains one.

/** Well-formed text of at most `most` UTF-16 code units. Never cuts a character in half; lone surrogates become U+FFFD. */
export function cutText(text: string, most: number): string {
  const end = text.length > most && isHighSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most;
  return text.slice(0, end).toWellFormed();
}

/** Decodes the first `most` bytes as UTF-8. A character that does not fit is left out; invalid bytes become U+FFFD. */
export function cutUtf8(bytes: Uint8Array, most: number): string {
  // With `stream`, the decoder holds back an incomplete character at the end.
  return new TextDecoder().decode(bytes.subarray(0, most), { stream: bytes.byteLength > most });
}

export function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
