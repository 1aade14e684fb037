// An app's own folder, outside the repository, into which npm installs the packed package and what an app has beside it.
// It needs no network: `npm ci` of the repository has left the packages in npm's cache.

import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");

export const run = promisify(execFile);

interface Locked {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
}

export interface AppFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Installs the packed package and the given others, in the versions of package-lock.json.
 *
 * @param tarball path of the packed package.
 */
export async function makeAppFolder(tarball: string, packages: readonly string[]): Promise<AppFolder> {
  const path = await mkdtemp(join(tmpdir(), "reelhook-app-"));
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    const { packages: locked } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
    const file = `file:${basename(tarball)}`;
    const versions = packages.map((name) => [name, locked[`node_modules/${name}`].version]);
    const manifest = {
      private: true,
      type: "module",
      dependencies: { ...Object.fromEntries(versions), reelhook: file },
    };
    const own = JSON.parse(await readFile(join(ROOT, "packages/reelhook/package.json"), "utf8"));
    const { version, bin, engines } = own;
    const lock = {
      lockfileVersion: 3,
      packages: {
        "": manifest,
        "node_modules/reelhook": { version, resolved: file, bin, engines },
        ...closureOf(packages, locked),
      },
    };
    await copyFile(tarball, join(path, basename(tarball)));
    await writeFile(join(path, "package.json"), JSON.stringify(manifest));
    await writeFile(join(path, "package-lock.json"), JSON.stringify(lock));
    await run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: path });
    return { path, remove };
  } catch (cause) {
    await remove();
    throw cause;
  }
}

/** The entries of the lock file for these packages and everything that they need. */
function closureOf(names: readonly string[], locked: Readonly<Record<string, Locked>>): Record<string, Locked> {
  const found: Record<string, Locked> = {};
  const open = names.map((name) => `node_modules/${name}`);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const entry = locked[path];
    if (entry === undefined || path in found) continue;
    const { dev: _, ...kept } = entry;
    found[path] = kept;
    const needed = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies };
    for (const name of Object.keys(needed)) {
      const nested = `${path}/node_modules/${name}`;
      open.push(nested in locked ? nested : `node_modules/${name}`);
    }
  }
  return found;
}
