// Where the video is saved.

import { open, readlink, realpath, rm, stat } from "node:fs/promises";
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

/**
 * The file that a symbolic link leads to, so that the link stays. Like a shell, follows a link to a file that does not
 * exist yet.
 *
 * @throws an error with the code `ELOOP` if links lead to each other.
 */
export async function targetOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (cause) {
    if (codeOf(cause) === "ELOOP") throw cause;
    const folder = await realpath(dirname(file)).catch(() => dirname(file));
    const leadsTo = await readlink(file).catch(() => null);
    return leadsTo === null ? resolve(file) : targetOf(resolve(folder, leadsTo));
  }
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
  const target = out === undefined ? join(process.cwd(), "video") : await targetOf(out).catch(refusal(out, out));
  const existing = out === undefined ? null : await stat(target).catch(() => null);
  if (existing?.isDirectory()) throw badOption(`--out: ${out} is a folder. Name a file in it.`);
  if (existing !== null && !existing.isFile()) throw badOption(`--out: ${out} is not a regular file.`);
  const part = partOf(target);
  try {
    if (existing !== null) await (await open(target, "r+")).close();
    await (await open(part, "wx")).close();
    await rm(part);
  } catch (cause) {
    refusal(out, target)(cause);
  }
}

function refusal(out: string | undefined, target: string) {
  return (cause: unknown): never => {
    throw badOption(reasonOf(codeOf(cause), out, dirname(target)));
  };
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}

function reasonOf(code: string, out: string | undefined, folder: string): string {
  if (out === undefined) return `The current folder cannot be written to (${code}). Name a file with --out.`;
  return code === "ENOENT" || code === "ENOTDIR"
    ? `--out: the folder ${folder} does not exist.`
    : `--out: ${out} cannot be written (${code}).`;
}
