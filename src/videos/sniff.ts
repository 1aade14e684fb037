// Detects a video's type from its first bytes, ignoring the server's Content-Type.
// https://mimesniff.spec.whatwg.org/#signature-for-mp4

/** Image and audio brands, which use the same boxes as MP4. https://mp4ra.org/registered-types/brands */
const IMAGES = ["avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "crx ", "jxl "];
const SOUND = ["M4A ", "M4B ", "M4P ", "F4A ", "F4B "];

/** Boxes that can start a QuickTime file without `ftyp`. */
const QUICKTIME_BOXES = ["moov", "mdat", "wide", "free", "skip", "pnot"];

const EBML = [0x1a, 0x45, 0xdf, 0xa3];
const DOC_TYPE = [0x42, 0x82];

/** The document type is within this many bytes of an EBML file. */
const EBML_HEADER_BYTES = 64;

/** @returns the media type, or null if the file is not a video that browsers play. */
export function sniffVideo(head: Uint8Array): "video/mp4" | "video/webm" | "video/quicktime" | null {
  if (beginsAt(head, 0, EBML)) return isWebm(head) ? "video/webm" : null;
  if (head.byteLength < 8) return null;
  const box = ascii(head, 4, 8);
  if (!hasSizeOf(box, head)) return null;
  if (box !== "ftyp") return QUICKTIME_BOXES.includes(box) ? "video/quicktime" : null;
  const brand = ascii(head, 8, 12);
  if (IMAGES.includes(brand) || SOUND.includes(brand)) return null;
  return brand === "qt  " ? "video/quicktime" : "video/mp4";
}

/** Whether the box has a plausible size. Text can contain a box name ("The free …"), but its first byte is not zero. */
function hasSizeOf(box: string, head: Uint8Array): boolean {
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
  // `mdat` can have any size. 0: it extends to the end of the file. 1: a 64-bit size follows.
  return box === "mdat" ? size < 2 || size >= 8 : size >= 8 && size < 0x100_0000;
}

/** WebM is a subset of Matroska. Other Matroska files are not WebM. */
function isWebm(head: Uint8Array): boolean {
  for (let at = EBML.length; at < Math.min(EBML_HEADER_BYTES, head.byteLength); at++) {
    if (!beginsAt(head, at, DOC_TYPE)) continue;
    const size = at + DOC_TYPE.length;
    // An EBML number has as many bytes as its first byte has leading zero bits, plus one.
    const name = size + Math.clz32(head[size] ?? 0) - 24 + 1;
    return ascii(head, name, name + 4) === "webm";
  }
  return false;
}

function beginsAt(head: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, offset) => head[at + offset] === byte);
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
