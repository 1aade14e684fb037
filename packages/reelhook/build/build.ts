// `npm run build`: writes dist, what the package consists of: JavaScript with its libraries bundled, their licenses, and
// declarations.

import { execFile } from "node:child_process";
import { chmod, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { bundleLicenses } from "../../../scripts/licenses.ts";
import { writeTypes } from "./types.ts";

const PACKAGE = join(import.meta.dirname, "..");
const DIST = join(PACKAGE, "dist");

/** What apps import. Only web APIs, so that every runtime has them. */
const LIBRARY = ["index", "webhooks/index", "ai-sdk/index"];
const COMMAND = "command/main";

/** CommonJS libraries in the command call `require` for modules of Node. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

export async function buildPackage(): Promise<void> {
  await Promise.all([rm(DIST, { recursive: true, force: true }), writeTypes()]);
  const [library, command] = await Promise.all([
    bundle(LIBRARY, "neutral", ""),
    bundle([COMMAND], "node", REQUIRE),
    declarations(),
  ]);
  await writeFile(join(DIST, "licenses.txt"), await bundleLicenses([...library, ...command]));
  await chmod(join(DIST, `${COMMAND}.js`), 0o755);
}

/** @returns the paths of the bundled files. */
async function bundle(entries: readonly string[], platform: "neutral" | "node", banner: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => ({ in: join(PACKAGE, "src", `${entry}.ts`), out: entry })),
    outdir: DIST,
    tsconfig: join(PACKAGE, "tsconfig.json"),
    bundle: true,
    metafile: true,
    // What entries share is in one file, so that `instanceof ReelhookError` holds between them.
    splitting: true,
    chunkNames: `shared/${platform}-[hash]`,
    platform,
    mainFields: ["module", "main"],
    format: "esm",
    target: "es2022",
    banner: { js: banner },
  });
  return Object.keys(metafile.inputs);
}

/** By the compiler of the repository: the one beside the generator of types is older. */
async function declarations(): Promise<void> {
  const typescript = dirname(createRequire(join(PACKAGE, "../../package.json")).resolve("typescript/package.json"));
  const args = [join(typescript, "bin/tsc"), "-p", join(PACKAGE, "tsconfig.build.json")];
  await promisify(execFile)(process.execPath, args);
}

if (import.meta.main) await buildPackage();
