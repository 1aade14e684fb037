// Measures listing a page of generations, of an account with few and of an account with many.

import { join } from "node:path";
import { drive, first } from "../harness/load.ts";
import { AUTHORIZED, settingsFor, startWorkerd } from "../servers.ts";
import type { Figures } from "./figures.ts";

const WARM_UP = 200;
const PAGES = 1_000;

/** Requests one page at a time, so that no queueing is measured. @param project folder of the checkout to measure. */
export async function listing(generations: number, project: string): Promise<Figures> {
  const server = await startWorkerd({
    config: join(project, "bench/listing/wrangler.toml"),
    settings: settingsFor("http://127.0.0.1:9", 10),
    submission: { headers: AUTHORIZED },
  });
  try {
    const seeded = await fetch(`${server.url}/_seed?generations=${generations}`, { method: "POST" });
    const { rows_read } = (await seeded.json()) as { rows_read: number };
    const page = { url: `${server.url}/v1/generations?limit=20`, method: "GET", headers: AUTHORIZED } as const;
    await drive(1, page, first(WARM_UP));
    const { p50, p99, refused } = await drive(1, page, first(PAGES));
    return { "p50 ms": p50, "p99 ms": p99, "rows read": rows_read, refused };
  } finally {
    await server.stop();
  }
}
