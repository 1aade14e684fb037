// Detects a video's type from its first bytes, ignoring the server's Content-Type.

import { ascii, BOX_HEADER_BYTES, type Box, parseBox } from "./boxes.ts";
import { EBML_MAGIC, parseElement } from "./ebml.ts";

export type VideoType = "video/mp4" | "video/webm" | "video/quicktime";

/**
 * @param head the beginning of the file: at least a megabyte, or the whole file if it is smaller
 * @returns the media type, or null if the file is not a video that browsers play
 */
export function sniffVideo(head: Uint8Array): VideoType | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.byteLength >= 4 && view.getUint32(0) === EBML_MAGIC) return isWebm(view) ? "video/webm" : null;
  return isText(head) ? null : typeOfBoxes(view);
}

/** Maximum number of boxes read. Real files have fewer before the box that states the type. */
const MAX_BOXES = 1_000;

/** Boxes that occur only in fragmented MP4 files. https://mp4ra.org/registered-types/boxes */
const FRAGMENT_BOXES = ["styp", "sidx", "ssix", "moof", "emsg", "prft", "pdin"];

/** Boxes of a movie, and boxes that only QuickTime puts before them. */
const MOVIE_BOXES = ["moov", "mdat", "wide", "pnot", "PICT"];

/** Boxes that occur in any format. They can be larger than the head. */
const FILLERS = ["free", "skip", "uuid"];

/**
 * The type of a file that consists of boxes. `ftyp` states the type, wherever it is. Other boxes may come first.
 * Unknown boxes are skipped and do not count as evidence of a video.
 */
function typeOfBoxes(view: DataView): VideoType | null {
  const seen = new Set<string>();
  let branded: VideoType | null | undefined;
  let at = 0;
  for (let boxes = 0; boxes < MAX_BOXES && at < view.byteLength; boxes++) {
    const box = parseBox(part(view, at, BOX_HEADER_BYTES), at, view.byteLength);
    if (box === null) break;
    if (box.type === "ftyp" && branded === undefined) branded = typeOfBrands(view, box);
    seen.add(isPictureList(view, box) ? "pictures" : box.type);
    at = box.end;
  }
  const has = (names: readonly string[]) => names.some((name) => seen.has(name));
  if (seen.has("pictures") && !has(["moov", "moof"])) return null;
  if (branded !== undefined) return branded;
  if (has(FRAGMENT_BOXES)) return "video/mp4";
  if (has(MOVIE_BOXES)) return "video/quicktime";
  return at > view.byteLength && has(FILLERS) ? "video/mp4" : null;
}

/** A part of the view. Shorter than `bytes` at the end of the view. */
function part(view: DataView, at: number, bytes: number): DataView {
  return new DataView(view.buffer, view.byteOffset + at, Math.min(bytes, view.byteLength - at));
}

/** Whether a box is the picture list of an image file: a `meta` box whose handler is `pict` (ISO/IEC 23008-12). */
function isPictureList(view: DataView, { type, start }: Box): boolean {
  return (
    type === "meta" &&
    start + 24 <= view.byteLength &&
    ascii(view, start + 8) === "hdlr" &&
    ascii(view, start + 20) === "pict"
  );
}

/** Brands of image and audio formats. https://mp4ra.org/registered-types/brands */
const IMAGES = [
  ...["avif", "avio", "avis", "avci", "avcs", "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "vvic"],
  ...["mif1", "mif2", "mif3", "miaf", "msf1", "MA1A", "MA1B", "1pic", "jpeg", "jpgs", "j2ki", "j2is", "unif"],
  ...["crx ", "jxl ", "jp2 ", "jpm ", "jpx ", "mjp2", "mj2s"],
];
const SOUND = ["M4A ", "M4B ", "M4P ", "F4A ", "F4B ", "aax ", "aaxc"];

/** Beginnings of MP4 brands. Most brands end with a version or a profile. */
const MOVIES = ["iso", "mp4", "mp7", "avc1", "M4V", "dash", "cmf", "3g", "F4V", "f4v", "MSNV", "XAVC"];

const MAX_BRANDS = 64;

/** The type of the first known brand: the major brand comes first, then the compatible brands. MP4 if none is known. */
function typeOfBrands(view: DataView, { start, end }: Box): VideoType | null {
  const last = Math.min(end, view.byteLength, start + MAX_BRANDS * 4);
  for (let at = start; at + 4 <= last; at += at === start ? 8 : 4) {
    const brand = ascii(view, at);
    if (brand === "qt  ") return "video/quicktime";
    if (MOVIES.some((start) => brand.startsWith(start))) return "video/mp4";
    if (IMAGES.includes(brand) || SOUND.includes(brand)) return null;
  }
  return "video/mp4";
}

/** Whether a byte never occurs in text. https://mimesniff.spec.whatwg.org/#binary-data-byte */
function isBinary(byte: number): boolean {
  return byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f);
}

/** Whether the file is text, which can contain the type of a box by chance ("The free …"). */
function isText(head: Uint8Array): boolean {
  return !head.subarray(0, 512).some(isBinary);
}

const DOC_TYPE = 0x4282;

/** Whether an EBML file states the type WebM. Other Matroska files have another type. */
function isWebm(view: DataView): boolean {
  const header = parseElement(view);
  if (header === null) return false;
  const end = Math.min(view.byteLength, header.start + (header.bytes ?? view.byteLength));
  for (let at = header.start; at < end; ) {
    const element = parseElement(view, at);
    if (element === null || element.bytes === null || element.start + element.bytes > end) return false;
    at = element.start + element.bytes;
    // A string can end with zeros.
    if (element.id === DOC_TYPE) return /^webm\0*$/.test(text(view, element.start, Math.min(element.bytes, 16)));
  }
  return false;
}

function text(view: DataView, at: number, bytes: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, bytes));
}
