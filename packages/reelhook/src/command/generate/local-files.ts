// Local files as fields of the request.

import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { MAX_REQUEST_BYTES } from "../../limits.ts";
import { badOption } from "../deployment-options.ts";
import { parseInput } from "./input.ts";
import { bytesText } from "./texts.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".mp4": "video/mp4",
  ".m4v": "video/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
  ".gif": "image/gif",
};

/** Base64 makes three bytes four characters. */
const MAX_FILE_BYTES = (MAX_REQUEST_BYTES / 4) * 3;

/** @param path `-` for standard input. @throws CommandError unless it is a JSON object. */
export async function readInput(path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  if (path === "-") return parseInput(await text(addAbortSignal(signal, process.stdin)), "standard input");
  const content = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw badOption(`--input: ${path} cannot be read (${cause.code}).`);
  });
  return parseInput(content, path);
}

/**
 * A URL as it is; a local file as a data URI.
 *
 * @param option for errors, such as `--video-url`.
 * @throws CommandError if there is no such file, or if the API would not take it.
 */
export async function mediaUrl(option: string, value: string): Promise<string> {
  // One letter is a drive of Windows.
  if (/^[a-z][a-z0-9+.-]+:/i.test(value)) return value;
  const file = await stat(value).catch(() => null);
  if (!file?.isFile()) throw badOption(`${option}: "${value}" is neither a URL, such as https://…, nor a file.`);
  const type = TYPES[extname(value).toLowerCase()];
  if (type === undefined) {
    const known = Object.keys(TYPES).join(", ");
    throw badOption(`${option}: the name of ${value} does not show its type. Supported extensions: ${known}.`);
  }
  if (file.size > MAX_FILE_BYTES) {
    const size = `${bytesText(file.size)}; files up to ${bytesText(MAX_FILE_BYTES)} can be sent`;
    throw badOption(`${option}: ${value} is too large (${size}). Upload it, and give its https URL.`);
  }
  const content = await readFile(value, "base64").catch((cause: NodeJS.ErrnoException) => {
    throw badOption(`${option}: ${value} cannot be read (${cause.code}).`);
  });
  return `data:${type};base64,${content}`;
}
