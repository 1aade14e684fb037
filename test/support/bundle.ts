// Global setup of vitest (see vitest.config.ts): bundles the Worker once for all test files that start it.

import type { TestProject } from "vitest/node";
import { bundleWorker } from "../../scripts/local-worker.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Worker's bundle. */
    bundle: { readonly config: string; readonly folder: string };
  }
}

export default async function provideBundle({ provide }: TestProject): Promise<() => Promise<void>> {
  const { config, folder, remove } = await bundleWorker();
  provide("bundle", { config, folder });
  return remove;
}
