// Reelhook with an account whose index can be filled at once, and which reports how many rows a page reads.

import { storesIn } from "../../src/account/stores.ts";
import reelhook, { AccountObject, type Env } from "../../src/index.ts";

export { CatalogueObject, GenerationObject } from "../../src/index.ts";

const STATUSES = ["completed", "completed", "completed", "failed", "generating"] as const;

export class SeededAccount extends AccountObject {
  /** Fills the index. @returns the number of generations. */
  seed(generations: number): number {
    const { index } = storesIn(this.ctx.storage.sql);
    const from = Date.now() - generations * 1000;
    for (let at = 0; at < generations; at++) {
      index.put({
        id: `gen_${at.toString(32).padStart(26, "0")}`,
        version: 5,
        status: STATUSES[at % STATUSES.length] ?? "completed",
        inFlight: false,
        model: "runway/gen4_aleph",
        createdAt: from + at * 1000,
        estimate: null,
        usage: null,
        settlement: null,
        prompt: "A fairy flies around a raccoon in a sunlit forest, slow camera move, film grain.",
        metadata: { order: String(at), customer: "cus_0123456789" },
        error: null,
        deliveries: { delivered: 1, pending: 0, failed: 0 },
        video: { durationMs: 5_000 },
        endpointDeliveries: [],
        // Not due during the measurement.
        checkAt: Date.now() + 86_400_000,
      });
    }
    return generations;
  }

  /** Rows that listing the newest page reads. */
  rowsReadByPage(limit: number): number {
    const { sql } = this.ctx.storage;
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const exec: SqlStorage["exec"] = (query, ...bindings) => {
      const cursor = sql.exec(query, ...bindings);
      cursors.push(cursor as (typeof cursors)[number]);
      return cursor as never;
    };
    storesIn({ exec } as SqlStorage).index.list({ limit, after: null });
    return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  }
}

interface BenchEnv extends Omit<Env, "ACCOUNTS"> {
  readonly ACCOUNTS: DurableObjectNamespace<SeededAccount>;
}

/** `POST /_seed?generations=N` fills the index of `bench/live` and returns how many rows a page of 20 then reads. */
export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname !== "/_seed") return reelhook.fetch(request, env as unknown as Env, context);
    const account = env.ACCOUNTS.getByName("bench/live");
    await account.seed(Number(url.searchParams.get("generations")));
    return Response.json({ rows_read: await account.rowsReadByPage(20) });
  },
} satisfies ExportedHandler<BenchEnv>;
