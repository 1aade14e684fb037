// Images and videos in requests: what kind a file is, and the URL or data URI that is sent for it.

import { MAX_REQUEST_BYTES } from "../limits.ts";
import type { VideoFile } from "./video-model.ts";

export type FileKind = "image" | "video";

/** For all files of a request. Leaves 64 KiB for its other fields. */
const MAX_DATA_BYTES = MAX_REQUEST_BYTES - 64 * 1024;

/** Whole groups of three bytes, so that the parts can be joined, and few enough to be arguments of one call. */
const CHUNK_BYTES = 3 * 8_192;

const VIDEO_NAME = /\.(mp4|m4v|mov|webm|mkv|avi)$/i;
const IMAGE_NAME = /\.(png|jpe?g|webp|gif|avif|heic|bmp|tiff?)$/i;

/** @returns null if it is not known: for a URL without a media type or a usual extension. */
export function kindOf(file: VideoFile): FileKind | null {
  const mediaType = mediaTypeOf(file);
  if (mediaType !== undefined) return mediaType.startsWith("video/") ? "video" : "image";
  if (file.type === "file" || !URL.canParse(file.url)) return null;
  const { pathname } = new URL(file.url);
  if (VIDEO_NAME.test(pathname)) return "video";
  return IMAGE_NAME.test(pathname) ? "image" : null;
}

/** The URL, or the data as a data URI. */
export function uriOf(file: VideoFile): string {
  if (file.type === "url") return file.url;
  const data = typeof file.data === "string" ? file.data : toBase64(file.data);
  return `data:${mediaTypeOf(file)};base64,${data}`;
}

/** @throws RangeError if the files are too large to be sent in a request. */
export function checkSize(files: readonly VideoFile[]): void {
  const bytes = files.reduce((sum, file) => sum + lengthOf(file), 0);
  if (bytes <= MAX_DATA_BYTES) return;
  throw new RangeError(
    `The files have ${bytes} bytes as data URIs. A request can have at most ${MAX_DATA_BYTES}. Send URLs instead.`,
  );
}

/** Characters in the request. Data has four for three bytes. */
function lengthOf(file: VideoFile): number {
  if (file.type === "url") return file.url.length;
  return typeof file.data === "string" ? file.data.length : Math.ceil(file.data.length / 3) * 4;
}

function mediaTypeOf(file: VideoFile): string | undefined {
  if (file.type === "url") return file.mediaType ?? /^data:([^;,]+)/i.exec(file.url)?.[1]?.toLowerCase();
  // The SDK says that a start image is a PNG unless it knows better, even if it is a video.
  return (typeof file.data === "string" ? undefined : videoTypeOf(file.data)) ?? file.mediaType;
}

/** Recognizes MP4 and QuickTime by their file type box, and WebM by its EBML header. */
function videoTypeOf(data: Uint8Array): string | undefined {
  const text = String.fromCharCode(...data.subarray(0, 12));
  if (text.startsWith("\x1a\x45\xdf\xa3")) return "video/webm";
  // HEIC and AVIF images have this box, too.
  if (text.slice(4, 8) !== "ftyp" || /^(avi[fs]|he[iv]|m[is]f1)/.test(text.slice(8))) return undefined;
  return text.slice(8) === "qt  " ? "video/quicktime" : "video/mp4";
}

function toBase64(data: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += CHUNK_BYTES) {
    parts.push(btoa(String.fromCharCode(...data.subarray(at, at + CHUNK_BYTES))));
  }
  return parts.join("");
}
