// `npm run assets`: what browsers load, into dist/assets. Wrangler runs it before it bundles (see wrangler.toml), so that
// development, tests and deployment serve the same files.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const ASSETS = join(ROOT, "dist/assets");
const DASHBOARD = join(ROOT, "src/dashboard");

const { resolve } = createRequire(import.meta.url);

/** From the path that it is served at to the file that it comes from. */
const COPIES: Readonly<Record<string, string>> = {
  _headers: join(ROOT, "src/pages/_headers"),
  "index.html": join(DASHBOARD, "index.html"),
  "docs.html": join(ROOT, "src/pages/docs.html"),
  "docs/docs.css": join(ROOT, "src/pages/docs.css"),
  "docs/docs.js": join(ROOT, "src/pages/docs.js"),
  "docs/swagger-ui.css": resolve("swagger-ui-dist/swagger-ui.css"),
  "docs/swagger-ui-bundle.js": resolve("swagger-ui-dist/swagger-ui-bundle.js"),
};

/** Leaves alone what is as it should be: somebody may be serving it. */
export async function buildAssets(): Promise<void> {
  const files = new Map<string, Uint8Array>(await bundles());
  for (const [path, source] of Object.entries(COPIES)) files.set(path, await readFile(source));
  await mkdir(ASSETS, { recursive: true });
  for (const [path, content] of files) await put(join(ASSETS, path), content);
  for (const entry of await readdir(ASSETS, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(relative(ASSETS, file))) await rm(file, { force: true });
  }
}

async function bundles(): Promise<[path: string, content: Uint8Array][]> {
  const { outputFiles } = await build({
    entryPoints: { "dashboard/main": join(DASHBOARD, "main.tsx"), "dashboard/style": join(DASHBOARD, "style.css") },
    tsconfig: join(DASHBOARD, "tsconfig.json"),
    outdir: ASSETS,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  return outputFiles.map(({ path, contents }) => [relative(ASSETS, path), contents]);
}

async function put(target: string, content: Uint8Array): Promise<void> {
  const present = await readFile(target).catch(() => null);
  if (present?.equals(content)) return;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
}

if (import.meta.main) await buildAssets();
