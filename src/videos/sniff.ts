// What a file is, by its first bytes and not by what its server calls it. https://mimesniff.spec.whatwg.org/#signature-for-mp4

/** Brands of images and of sound, which come in the same boxes as an MP4. https://mp4ra.org/registered-types/brands */
const IMAGES = ["avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "crx ", "jxl "];
const SOUND = ["M4A ", "M4B ", "M4P ", "F4A ", "F4B "];

/** Boxes that may begin a QuickTime file without `ftyp`. */
const QUICKTIME_BOXES = ["moov", "mdat", "wide", "free", "skip", "pnot"];

const EBML = [0x1a, 0x45, 0xdf, 0xa3];
const DOC_TYPE = [0x42, 0x82];

/** Within so many bytes an EBML header says what type it is of. */
const EBML_HEADER_BYTES = 64;

/** The media type of a video, or null when it is none that browsers play. */
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

/** A text may have such a word there, too ("The free …"), but never begins with a zero. */
function hasSizeOf(box: string, head: Uint8Array): boolean {
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
  // That of the pictures themselves can be anything; 0 and 1 say that it goes to the end, or stands elsewhere.
  return box === "mdat" ? size < 2 || size >= 8 : size >= 8 && size < 0x100_0000;
}

/** Matroska, of which WebM is a kind, is not. */
function isWebm(head: Uint8Array): boolean {
  for (let at = EBML.length; at < Math.min(EBML_HEADER_BYTES, head.byteLength); at++) {
    if (!beginsAt(head, at, DOC_TYPE)) continue;
    const size = at + DOC_TYPE.length;
    // A number is as many bytes long as its first has zeros in front, and one more.
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
