// Cuts text for webhooks, answers and logs so that it stays well-formed. A lone surrogate (half of a character) is
// valid in a JavaScript string but not in UTF-8, and many JSON parsers refuse a document that contains one.

/** Cuts text to `most` UTF-16 code units, without splitting a character. Lone surrogates become U+FFFD. */
export function cutText(text: string, most: number): string {
  const end = text.length > most && isHighSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most;
  return text.slice(0, end).toWellFormed();
}

/** Decodes the first `most` bytes as UTF-8. Leaves out a character that is cut off. Invalid bytes become U+FFFD. */
export function cutUtf8(bytes: Uint8Array, most: number): string {
  // With `stream`, the decoder holds back an incomplete character at the end.
  return new TextDecoder().decode(bytes.subarray(0, most), { stream: bytes.byteLength > most });
}

export function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
