// Measures copying videos into R2: throughput, and peak memory of the runtime. The baseline is a bare `put` of the same
// bytes, because the local R2 simulator takes time and memory in the same process. A bare `put` needs a known length.

import { join } from "node:path";
import type { Child } from "../harness/child.ts";
import { memoryKb } from "../harness/machine.ts";
import { startWorkerd } from "../servers.ts";
import type { Figures } from "./figures.ts";

const MB = 1_000_000;

export interface Copy {
  readonly bytes: number;
  readonly atOnce: number;
}

export interface Way {
  readonly how: "bare" | "reelhook";
  readonly length: "known" | "unknown";
}

/**
 * Starts a new runtime for each measurement, so that its peak memory is that of this copy.
 *
 * @param project folder of the checkout to measure.
 */
export async function copy(
  { bytes, atOnce }: Copy,
  { how, length }: Way,
  source: Child,
  project: string,
): Promise<Figures> {
  const config = join(project, "bench/copy/wrangler.toml");
  const server = await startWorkerd({ config, settings: {}, submission: { headers: {} } });
  try {
    const from = performance.now();
    const copies = Array.from({ length: atOnce }, async (_, at) => {
      const url = `${source.address}/${bytes}/${length}`;
      const query = new URLSearchParams({ how, url, key: `videos/${at}.mp4` });
      const answer = (await (await fetch(`${server.url}/?${query}`)).json()) as { bytes?: number };
      if (answer.bytes !== bytes) throw new Error(`not copied: ${JSON.stringify(answer)}`);
    });
    await Promise.all(copies);
    const seconds = (performance.now() - from) / 1000;
    return { "MB/s": (bytes * atOnce) / MB / seconds, "peak MB": (memoryKb(server.pids, "VmHWM") * 1024) / MB };
  } finally {
    await server.stop();
  }
}
