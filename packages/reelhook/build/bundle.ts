// Bundles the package's JavaScript with its libraries. Separate from build.ts, so that tests can build the command
// without loading the generator of types.

import { join } from "node:path";
import { build } from "esbuild";

const PACKAGE = join(import.meta.dirname, "..");

/** The entries that apps import. They use web APIs only, so that they run everywhere. */
const LIBRARY = ["index", "webhooks/index", "ai-sdk/index"];
export const COMMAND = "command/main";

/** CommonJS libraries in the command call `require` for modules of Node. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** @returns the paths of the bundled files, relative to the working directory. */
export function bundleLibrary(outdir: string): Promise<string[]> {
  return bundle(LIBRARY, outdir, { platform: "neutral" });
}

/** Writes `command/main.js`. @returns the paths of the bundled files, relative to the working directory. */
export function bundleCommand(outdir: string): Promise<string[]> {
  return bundle([COMMAND], outdir, { platform: "node", banner: { js: REQUIRE } });
}

async function bundle(
  entries: readonly string[],
  outdir: string,
  platform: { readonly platform: "neutral" | "node"; readonly banner?: { readonly js: string } },
): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => ({ in: join(PACKAGE, "src", `${entry}.ts`), out: entry })),
    outdir,
    tsconfig: join(PACKAGE, "tsconfig.json"),
    bundle: true,
    metafile: true,
    // Entries share one copy of common code, so that `instanceof ReelhookError` holds between them.
    splitting: true,
    chunkNames: `shared/${platform.platform}-[hash]`,
    mainFields: ["module", "main"],
    format: "esm",
    target: "es2022",
    ...platform,
  });
  return Object.keys(metafile.inputs);
}
