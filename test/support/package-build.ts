// Builds the command `reelhook` for the tests that run it. Each file builds its own, which takes about 0.1 s, so that no test
// depends on packages/reelhook/dist.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleCommand } from "../../packages/reelhook/build/bundle.ts";

export interface BuiltCommand {
  /** Path of the program, as the package has it. */
  readonly main: string;
  remove(): Promise<void>;
}

export async function buildCommand(): Promise<BuiltCommand> {
  const folder = await mkdtemp(join(tmpdir(), "reelhook-command-"));
  await bundleCommand(folder);
  // So that Node reads the program as a module.
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return { main: join(folder, "command/main.js"), remove: () => rm(folder, { recursive: true, force: true }) };
}
