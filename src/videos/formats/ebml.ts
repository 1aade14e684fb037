// Reads EBML, the format of WebM and Matroska (RFC 8794). An element has an id, a length and content.

/** The id of the first element of every file. */
export const EBML_MAGIC = 0x1a45dfa3;

export interface Element {
  /** Includes the length marker, as ids are written in the specifications. */
  readonly id: number;
  /** Position of the content in the view. */
  readonly start: number;
  /** Bytes of the content. Null if unknown, as in a live recording. */
  readonly bytes: number | null;
}

/** @returns null if the view does not start with an element. */
export function parseElement(view: DataView, at = 0): Element | null {
  const idBytes = lengthAt(view, at);
  if (idBytes === null || idBytes > 4) return null;
  const size = numberAt(view, at + idBytes);
  return size === null ? null : { id: uintAt(view, at, idBytes), start: at + idBytes + size.bytes, bytes: size.value };
}

/**
 * Reads a number of variable length. Its value is null if all bits are set, which means unknown.
 *
 * @returns null if the view ends before the number does.
 */
export function numberAt(view: DataView, at: number): { readonly value: number | null; readonly bytes: number } | null {
  const bytes = lengthAt(view, at);
  if (bytes === null) return null;
  const first = view.getUint8(at) & (0xff >> bytes);
  const value = first * 256 ** (bytes - 1) + uintAt(view, at + 1, bytes - 1);
  return { value: value === 2 ** (7 * bytes) - 1 ? null : value, bytes };
}

/** Reads an unsigned integer. Exact up to 2^53. */
export function uintAt(view: DataView, at: number, bytes: number): number {
  let value = 0;
  for (let byte = 0; byte < bytes; byte++) value = value * 256 + view.getUint8(at + byte);
  return value;
}

/** Length of a number in bytes: the first byte has as many leading zero bits as bytes follow. Null if unreadable. */
function lengthAt(view: DataView, at: number): number | null {
  if (at >= view.byteLength) return null;
  const bytes = Math.clz32(view.getUint8(at)) - 24 + 1;
  return bytes > 8 || at + bytes > view.byteLength ? null : bytes;
}
