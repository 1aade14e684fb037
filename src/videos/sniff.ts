// What a file is, by its first bytes and not by what its server calls it. https://mimesniff.spec.whatwg.org/#signature-for-mp4

const EBML = [0x1a, 0x45, 0xdf, 0xa3];

/** Boxes that may begin a QuickTime file without `ftyp`. */
const QUICKTIME_BOXES = ["moov", "mdat", "wide", "free", "skip", "pnot"];

/** The media type of a video, or null when it is none that browsers play. */
export function sniffVideo(head: Uint8Array): "video/mp4" | "video/webm" | "video/quicktime" | null {
  if (EBML.every((byte, at) => head[at] === byte)) return "video/webm";
  const box = ascii(head, 4, 8);
  if (box === "ftyp") return ascii(head, 8, 12) === "qt  " ? "video/quicktime" : "video/mp4";
  return QUICKTIME_BOXES.includes(box) ? "video/quicktime" : null;
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
