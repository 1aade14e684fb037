// Size of the deployed bundle and its start-up time, both of which are limited:
// https://developers.cloudflare.com/workers/platform/limits/

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runWrangler } from "../../scripts/local-worker.ts";
import { stateFolder } from "../servers.ts";
import type { Figures } from "./figures.ts";

/** Size and start-up time, as measured by wrangler. @param project folder of the checkout to measure. */
export async function bundle(project: string): Promise<Figures> {
  const folder = await stateFolder();
  try {
    const said = await runWrangler(["check", "startup", "--outfile", join(folder, "startup.cpuprofile")], project);
    const read = (pattern: RegExp) => Number(pattern.exec(said)?.[1] ?? Number.NaN);
    return {
      "kB compressed": read(/gzip: ([\d.]+) KiB/) * 1.024,
      "kB in all": read(/Bundle: ([\d.]+) KiB/) * 1.024,
      "start-up CPU ms": read(/Active: ([\d.]+) ms/),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
