// `npm run build`: writes dist, what the package consists of: JavaScript with its libraries bundled, their licenses, and
// declarations.

import { execFile } from "node:child_process";
import { chmod, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { bundleLicenses } from "../../../scripts/licenses.ts";
import { bundleCommand, bundleLibrary, COMMAND } from "./bundle.ts";
import { writeTypes } from "./types.ts";

const PACKAGE = join(import.meta.dirname, "..");
const DIST = join(PACKAGE, "dist");

export async function buildPackage(): Promise<void> {
  await Promise.all([rm(DIST, { recursive: true, force: true }), writeTypes()]);
  const [library, command] = await Promise.all([bundleLibrary(DIST), bundleCommand(DIST), declarations()]);
  await writeFile(join(DIST, "licenses.txt"), await bundleLicenses([...library, ...command]));
  await chmod(join(DIST, `${COMMAND}.js`), 0o755);
}

/** By the compiler of the repository: the one beside the generator of types is older. */
async function declarations(): Promise<void> {
  const typescript = dirname(createRequire(join(PACKAGE, "../../package.json")).resolve("typescript/package.json"));
  const args = [join(typescript, "bin/tsc"), "-p", join(PACKAGE, "tsconfig.build.json")];
  await promisify(execFile)(process.execPath, args);
}

if (import.meta.main) await buildPackage();
