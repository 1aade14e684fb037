// Files that a request carries as data URIs.

import { MAX_BODY_BYTES } from "../../contract/limits.ts";
import { bytesOf } from "../shared/units.ts";
import { isObject, type Schema } from "./schema.ts";
import { Upload } from "./upload.ts";

const MEDIA_KINDS = ["video", "image", "audio"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** Names of fields for each kind, for schemas that do not say it. */
const NAMED: Readonly<Record<MediaKind, RegExp>> = {
  video: /video/,
  image: /image|photo|picture|frame|mask/,
  audio: /audio|voice|music|sound/,
};

/** With its article. */
const WORDS: Readonly<Record<MediaKind, string>> = { video: "a video", image: "an image", audio: "a sound file" };

/** What a field's file must be; null if the field takes no file. @param name the field's name in the API. */
export function mediaKindOf(name: string, { format, contentMediaType }: Schema): MediaKind | null {
  if (format !== "uri") return null;
  const isKind = (kind: MediaKind) =>
    contentMediaType === undefined ? NAMED[kind].test(name) : contentMediaType.toLowerCase().startsWith(`${kind}/`);
  return MEDIA_KINDS.find(isKind) ?? null;
}

/** Whether a file can be the value of the field, or of a part of it. */
export function takesFile(name: string, schema: Schema): boolean {
  const { items, anyOf = [], oneOf = [], properties = {} } = schema;
  const alternatives = [...(items === undefined ? [] : [items]), ...anyOf, ...oneOf];
  return (
    mediaKindOf(name, schema) !== null ||
    alternatives.some((each) => takesFile(name, each)) ||
    Object.entries(properties).some(([own, each]) => takesFile(own, each))
  );
}

/** Room for everything in a request but its files: texts, names, and the beginnings of the data URIs. */
const REST_BYTES = 64 * 1024;

/** Bytes of all files in a request. Base64 makes four bytes of three. */
export const MAX_FILES_BYTES = Math.floor((MAX_BODY_BYTES - REST_BYTES) / 4) * 3;

/**
 * Why a file cannot be used; null if it can. Decided before the file is read.
 *
 * @param taken bytes of the other files in the request.
 */
export function fileRefusal(
  { name, size, type }: Pick<File, "name" | "size" | "type">,
  kind: MediaKind,
  taken: number,
): string | null {
  if (!type.startsWith(`${kind}/`)) return `${name} is not ${WORDS[kind]}.`;
  if (size === 0) return `${name} is empty.`;
  if (size <= MAX_FILES_BYTES - taken) return null;
  const others = taken === 0 ? "" : `, and its other files take ${bytesOf(taken)} of that`;
  const most = bytesOf(MAX_FILES_BYTES);
  return `${name} is ${bytesOf(size)}. A request can carry ${most} of files${others}. Enter an HTTPS URL instead.`;
}

/** A copy of a value in which everything but lists and objects is replaced. */
export function mapLeaves(value: unknown, replace: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => mapLeaves(each, replace));
  if (!isObject(value) || value instanceof Upload) return replace(value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapLeaves(each, replace)]));
}

/** A copy of a value in which each file is replaced. */
export function withUploads(value: unknown, replace: (upload: Upload) => unknown): unknown {
  return mapLeaves(value, (leaf) => (leaf instanceof Upload ? replace(leaf) : leaf));
}

/** Bytes of all files in a value. */
export function filesBytes(value: unknown): number {
  let bytes = 0;
  withUploads(value, ({ size, isLost }) => {
    bytes += isLost ? 0 : size;
  });
  return bytes;
}

/** A request without the content of its files, to be shown. */
export function withoutContent(value: unknown): unknown {
  return withUploads(value, ({ dataUri, size }) =>
    dataUri === "" ? "" : `${dataUri.slice(0, dataUri.indexOf(",") + 1)}… (${bytesOf(size)})`,
  );
}
