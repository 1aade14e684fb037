// The licenses of Reelhook and of the third-party code in a bundle, as one text: bundled code has lost its notices.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Such as `LICENSE`, `license.md` and `LICENSE-MIT.txt`. */
const NOTICE = /^(licen[cs]e|notice|copying)(-[\w.-]+?)?(\.(md|txt))?$/i;

/**
 * Of the Worker and its pages.
 *
 * @param bundled paths of the bundled files, as in esbuild's metafile.
 * @param copied names of packages whose files are served as they are.
 * @throws if a package has no license file.
 */
export async function licenses(bundled: readonly string[], copied: readonly string[]): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  return licensesOf([...Object.keys(dependencies), ...bundled.flatMap(packageOf), ...copied]);
}

/** Of what a bundle consists of. See `licenses`. */
export function bundleLicenses(bundled: readonly string[]): Promise<string> {
  return licensesOf(bundled.flatMap(packageOf));
}

async function licensesOf(packages: readonly string[]): Promise<string> {
  const folders = [ROOT, ...[...new Set(packages)].sort().map((name) => join(ROOT, "node_modules", name))];
  return (await Promise.all(folders.map(sectionOf))).join(`\n${"-".repeat(80)}\n\n`);
}

function packageOf(path: string): string[] {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  return name === undefined ? [] : [name];
}

async function sectionOf(folder: string): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => NOTICE.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} has no license file`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version}`, ...texts.map((text) => text.trim())].join("\n\n").concat("\n");
}
