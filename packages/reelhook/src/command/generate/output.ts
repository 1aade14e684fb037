// Where the video is saved.

import { open, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Generation } from "../../types.ts";
import { badOption } from "../deployment-options.ts";

const EXTENSIONS: Readonly<Record<string, string>> = {
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
};

/** @returns the file for the video, relative to the working directory. By default, it is named after the generation. */
export function fileFor({ id, video }: Pick<Generation, "id" | "video">, out: string | undefined): string {
  return out ?? `${id}.${EXTENSIONS[video?.content_type ?? ""] ?? "mp4"}`;
}

/** A new name in the same folder, so that the finished file can be renamed. */
export function partOf(target: string): string {
  return `${target}.${crypto.randomUUID().slice(0, 8)}.part`;
}

/** The file that a symbolic link leads to, so that the link stays. */
export async function targetOf(file: string): Promise<string> {
  return realpath(file).catch(() => resolve(file));
}

/**
 * Makes sure that a file can be written, before anything is paid. An existing file is replaced, but only by a complete video.
 *
 * @throws CommandError
 */
export async function checkOutput(out: string | undefined): Promise<void> {
  if (out === "" || out === "-") throw badOption("--out must be the name of a file.");
  if (out !== undefined && (out.endsWith("/") || out.endsWith(sep)))
    throw badOption(`--out: ${out} is a folder. Name a file in it.`);
  const target = out === undefined ? join(process.cwd(), "video") : await targetOf(out);
  const existing = out === undefined ? null : await stat(target).catch(() => null);
  if (existing?.isDirectory()) throw badOption(`--out: ${out} is a folder. Name a file in it.`);
  if (existing !== null && !existing.isFile()) throw badOption(`--out: ${out} is not a regular file.`);
  const part = partOf(target);
  try {
    if (existing !== null) await (await open(target, "r+")).close();
    await (await open(part, "wx")).close();
    await rm(part);
  } catch (cause) {
    throw badOption(reasonOf(cause, out, dirname(target)));
  }
}

function reasonOf(cause: unknown, out: string | undefined, folder: string): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  if (out === undefined) return `The current folder cannot be written to (${code}). Name a file with --out.`;
  return code === "ENOENT" || code === "ENOTDIR"
    ? `--out: the folder ${folder} does not exist.`
    : `--out: ${out} cannot be written (${code}).`;
}
