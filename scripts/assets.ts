// `npm run assets`: writes the static assets (pages, dashboard, /openapi.json) to dist/assets. Wrangler runs it before it
// bundles (see wrangler.toml), so that development, tests and deployment serve the same files.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { licenses } from "./licenses.ts";
import { describeApi } from "./openapi/document.ts";

const ROOT = join(import.meta.dirname, "..");
const ASSETS = join(ROOT, "dist/assets");
const DASHBOARD = join(ROOT, "src/dashboard");

const { resolve } = createRequire(import.meta.url);

/** Under /docs, which the platform serves without the Worker. */
const LICENSES = "docs/licenses.txt";

/** Source files by the path that they are served at. */
const COPIES: Readonly<Record<string, string>> = {
  _headers: join(ROOT, "src/pages/_headers"),
  "index.html": join(DASHBOARD, "index.html"),
  "docs.html": join(ROOT, "src/pages/docs.html"),
  "docs/docs.css": join(ROOT, "src/pages/docs.css"),
  "docs/swagger-ui.css": resolve("swagger-ui-dist/swagger-ui.css"),
  "docs/swagger-ui-bundle.js": resolve("swagger-ui-dist/swagger-ui-bundle.js"),
  // The bundle refers to this file for the notices of what it contains.
  "docs/swagger-ui-bundle.js.LICENSE.txt": resolve("swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"),
};

/** Leaves unchanged files alone, because another process may be serving them. */
export async function buildAssets(): Promise<void> {
  const files = new Map<string, Uint8Array>([
    ...(await bundles()),
    ["openapi.json", Buffer.from(JSON.stringify(describeApi()))],
    ["dashboard/receivers.json", Buffer.from(JSON.stringify(await receivers()))],
  ]);
  for (const [path, source] of Object.entries(COPIES)) files.set(path, await readFile(source));
  await mkdir(ASSETS, { recursive: true });
  for (const [path, content] of files) await put(join(ASSETS, path), content);
  for (const entry of await readdir(ASSETS, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(relative(ASSETS, file))) await rm(file, { force: true });
  }
}

/** The scripts and styles of the pages, and the licenses of what is in them and in the other assets. */
async function bundles(): Promise<[path: string, content: Uint8Array][]> {
  const built = await Promise.all([
    bundle({
      entryPoints: { "dashboard/main": join(DASHBOARD, "main.tsx"), "dashboard/style": join(DASHBOARD, "style.css") },
      splitting: true,
      chunkNames: "dashboard/[name]-[hash]",
    }),
    // On its own, because what it shares with the dashboard would become one more file that the dashboard loads.
    bundle({ entryPoints: { "docs/docs": join(ROOT, "src/pages/docs.ts") } }),
  ]);
  const inputs = built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const notices = await licenses(inputs, ["swagger-ui-dist"]);
  return [
    [LICENSES, Buffer.from(notices)],
    ...built.flatMap(({ outputFiles }) =>
      outputFiles.map(({ path, contents }): [string, Uint8Array] => [relative(ASSETS, path), contents]),
    ),
  ];
}

function bundle(options: BuildOptions) {
  return build({
    ...options,
    tsconfig: join(DASHBOARD, "tsconfig.json"),
    outdir: ASSETS,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
    banner: { js: `/*! Licenses: /${LICENSES} */` },
  });
}

/** Languages of the receivers that the dashboard offers, by the name of their code blocks. */
const LANGUAGES = { js: "Node.js", python: "Python", go: "Go", php: "PHP" };

/** The complete receivers of docs/verifying.md, which tests run: the first of each language. */
async function receivers(): Promise<{ language: string; code: string }[]> {
  const page = await readFile(join(ROOT, "docs/verifying.md"), "utf8");
  return Object.entries(LANGUAGES).map(([name, language]) => {
    const [, code] = new RegExp(`^\`\`\`${name}\\n([^]*?)^\`\`\``, "m").exec(page) ?? [];
    if (code === undefined) throw new Error(`docs/verifying.md has no receiver in ${language}`);
    return { language, code };
  });
}

async function put(target: string, content: Uint8Array): Promise<void> {
  const present = await readFile(target).catch(() => null);
  if (present?.equals(content)) return;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
}

if (import.meta.main) await buildAssets();
