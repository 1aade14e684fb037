// The copy of videos into R2, beside handing the body to a bare `put`: throughput, and the most memory that the runtime ever
// had. The local R2 simulator takes time and memory itself, in the same process: that is why the baseline is a put of the
// same bytes, which can only do this when the length is known.

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

/** A fresh runtime for each, so that its high-water mark is that of this copy. */
export async function copy({ bytes, atOnce }: Copy, { how, length }: Way, source: Child): Promise<Figures> {
  const server = await startWorkerd(
    {},
    { headers: {} },
    { config: join(import.meta.dirname, "../copy/wrangler.toml") },
  );
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
