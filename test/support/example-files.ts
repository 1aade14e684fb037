// The files of the examples, without those that running an example in its folder makes.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Relative to the repository. All files if this is not a clone, so that git cannot say which ones it ignores. */
export function exampleFiles(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "examples"];
  const { status, stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  const isKnown = status === 0 && stdout !== "";
  return (isKnown ? stdout.split("\0") : filesIn("examples")).filter(
    (file) => file !== "" && existsSync(join(ROOT, file)),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}
