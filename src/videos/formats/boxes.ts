// Reads boxes, the building blocks of MP4 and QuickTime files (ISO/IEC 14496-12, section 4.2). A box has a size, a type
// of four characters, and content.

import type { FileReader } from "./file-reader.ts";

export interface Box {
  readonly type: string;
  /** Position of the first byte after the header. */
  readonly start: number;
  /** Position after the last byte. May be after the end of the file, because the stated size is not checked. */
  readonly end: number;
}

/** Thrown if the file contradicts itself. */
export class Malformed extends Error {}

/** Size of the longest header. */
export const BOX_HEADER_BYTES = 16;

/**
 * @param at position of the box in the file
 * @param end where a box without a size ends
 * @param view starts at the box and has 16 bytes, or all bytes up to the end
 * @returns null if this is not a box
 */
export function parseBox(view: DataView, at: number, end: number): Box | null {
  if (view.byteLength < 8) return null;
  const type = ascii(view, 4);
  // Printable ASCII, and the © of QuickTime's metadata.
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return null;
  const size = view.getUint32(0);
  if (size === 0) return { type, start: at + 8, end };
  if (size !== 1) return size < 8 ? null : { type, start: at + 8, end: at + size };
  const large = view.byteLength < BOX_HEADER_BYTES ? 0 : Number(view.getBigUint64(8));
  return large < BOX_HEADER_BYTES ? null : { type, start: at + BOX_HEADER_BYTES, end: at + large };
}

/** The box at this position, or null if there is none. */
export async function boxAt(file: FileReader, at: number, end: number): Promise<Box | null> {
  return parseBox(await file.read(at, Math.min(BOX_HEADER_BYTES, end - at)), at, end);
}

/** Yields the boxes in a part of the file. @throws {Malformed} if it contains anything else, or a box is too long. */
export async function* boxesIn(file: FileReader, start: number, end: number): AsyncGenerator<Box, void, void> {
  for (let at = start; at + 8 <= end; ) {
    const box = await boxAt(file, at, end);
    if (box === null) {
      // QuickTime ends some lists with zeros.
      if ((await file.read(at, 8)).getBigUint64(0) === 0n) return;
      throw new Malformed("not a box");
    }
    if (box.end > end) throw new Malformed(`${box.type} is longer than its parent`);
    yield box;
    at = box.end;
  }
}

/** Reads `bytes` of the content of a box, starting at `from`. @throws {Malformed} if the box is too short. */
export function contentOf(file: FileReader, box: Box, bytes: number, from = 0): Promise<DataView> {
  if (box.start + from + bytes > box.end) throw new Malformed(`${box.type} is too short`);
  return file.read(box.start + from, bytes);
}

/**
 * Checks that a table fits into its box.
 *
 * @param from position of the first row in the content of the box
 * @throws {Malformed} if the box has fewer rows
 */
export function checkRows(box: Box, from: number, rows: number, rowBytes = 0): void {
  if (box.start + from + rows * rowBytes > box.end) throw new Malformed(`${box.type} has fewer rows than it claims`);
}

/** Maximum bytes of a table that are read at once. */
const SLICE_BYTES = 32 * 1024;

/** Yields the rows of a table, many at a time. Takes the same parameters and throws the same error as `checkRows`. */
export async function* rowsIn(
  file: FileReader,
  box: Box,
  from: number,
  rows: number,
  rowBytes: number,
): AsyncGenerator<DataView, void, void> {
  checkRows(box, from, rows, rowBytes);
  const slice = Math.floor(SLICE_BYTES / rowBytes);
  for (let row = 0; row < rows; row += slice) {
    yield await contentOf(file, box, Math.min(slice, rows - row) * rowBytes, from + row * rowBytes);
  }
}

export function ascii(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
