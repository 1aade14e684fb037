// `npm run build`: writes dist, the content of the package: JavaScript with its libraries bundled, the licenses of these
// libraries, and declarations.

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

/** Uses the repository's compiler. The package's own is an older one that openapi-typescript needs. */
async function declarations(): Promise<void> {
  const typescript = dirname(createRequire(join(PACKAGE, "../../package.json")).resolve("typescript/package.json"));
  const args = [join(typescript, "bin/tsc"), "-p", join(PACKAGE, "tsconfig.build.json")];
  await promisify(execFile)(process.execPath, args);
}

if (import.meta.main) await buildPackage();
