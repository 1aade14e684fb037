// Copies of the folders in `examples`, outside the repository, beside the built package and the packages that they need.
// How the package is packed and installed is tested in test/e2e/package/app.test.ts.

import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { bundleLibrary } from "../../packages/reelhook/build/bundle.ts";
import { type AppFolder, run } from "./app-folder.ts";
import { exampleFiles } from "./example-files.ts";

const ROOT = join(import.meta.dirname, "../..");
const PACKAGE = join(ROOT, "packages/reelhook");

/** @param packages those of the repository that the examples import, or that check them. */
export async function copyExamples(packages: readonly string[]): Promise<AppFolder> {
  const path = await mkdtemp(join(tmpdir(), "reelhook-examples-"));
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    const dist = join(path, "node_modules/reelhook/dist");
    const declarations = ["-p", join(PACKAGE, "tsconfig.build.json"), "--outDir", dist];
    await Promise.all([
      bundleLibrary(dist),
      run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), ...declarations]),
      cp(join(PACKAGE, "package.json"), join(dist, "../package.json")),
      ...exampleFiles().map((file) => cp(join(ROOT, file), join(path, relative("examples", file)))),
      ...packages.map((name) => link(name, join(path, "node_modules", name))),
    ]);
    return { path, remove };
  } catch (cause) {
    await remove();
    throw cause;
  }
}

async function link(name: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(join(ROOT, "node_modules", name), to);
}
