// What the generations of an account have cost, by day of acceptance and model. Deleting a generation keeps its cost.

import type { Settlement, Summary } from "../core/generation/action.ts";
import { DAY_MS, dayOf, type Period } from "../core/money/days.ts";
import type { MicroUsd } from "../core/money/micro-usd.ts";
import type { UsageQuery, UsageRow } from "../core/money/usage.ts";
import type { Tables } from "./tables.ts";

/** Generations that are not yet, or never, added to `usage`. Reserved places and deleted generations do not count. */
const OTHERS = `SELECT created_at / ${DAY_MS} AS day, model, 1 AS generations, status = 'completed' AS completed,
  status = 'failed' AS failed, status = 'canceled' AS canceled, COALESCE(credits, 0) AS credits,
  COALESCE(usd, 0) AS usd, 0 AS bytes
  FROM generations WHERE created_at >= ? AND created_at < ? AND settled = 0 AND version > 0 AND status <> 'deleted'`;

const SETTLED = `SELECT day, model, completed + failed + canceled AS generations, completed, failed, canceled, credits, usd,
  bytes FROM usage WHERE day BETWEEN ? AND ?`;

/** The sums by day and model, in the table `usage`. */
export class UsageStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Adds a generation to its day and model. The caller must do this only once for each generation. */
  add({ createdAt, model, usage }: Summary, { outcome, spent, bytes }: Settlement): void {
    this.#tables.make("usage");
    const counts = (["completed", "failed", "canceled"] as const).map((each) => Number(each === outcome));
    this.#tables.sql.exec(
      `INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET completed = completed + excluded.completed, failed = failed + excluded.failed,
         canceled = canceled + excluded.canceled, credits = credits + excluded.credits, usd = usd + excluded.usd,
         spent = spent + excluded.spent, bytes = bytes + excluded.bytes`,
      ...[dayOf(createdAt), model, ...counts, usage?.credits ?? 0, usage?.usd ?? 0, spent, bytes],
    );
  }

  /** In order of day and model. Days without generations have no row. */
  rows({ from, to, byDay, byModel }: UsageQuery): UsageRow[] {
    const sources: string[] = [];
    const bounds: number[] = [];
    if (this.#tables.exists("usage")) {
      sources.push(SETTLED);
      bounds.push(from, to);
    }
    if (this.#tables.exists("generations")) {
      sources.push(OTHERS);
      bounds.push(from * DAY_MS, (to + 1) * DAY_MS);
    }
    if (sources.length === 0) return [];
    const groups = [byDay ? "day" : "NULL", byModel ? "model" : "NULL"];
    const rows = this.#tables.sql.exec<UsageRow & Record<string, SqlStorageValue>>(
      `SELECT ${groups[0]} AS day, ${groups[1]} AS model, SUM(generations) AS generations, SUM(completed) AS completed,
         SUM(failed) AS failed, SUM(canceled) AS canceled, SUM(credits) AS credits, SUM(usd) AS usd, SUM(bytes) AS bytes
       FROM (${sources.join(" UNION ALL ")}) GROUP BY 1, 2 ORDER BY 1, 2`,
      ...bounds,
    );
    return rows.toArray();
  }

  /** Sum of what ended generations count towards budgets, if they were accepted in this period. */
  spentIn({ start, end }: Period): MicroUsd {
    if (!this.#tables.exists("usage")) return 0;
    const { spent } = this.#tables.sql
      .exec<{ spent: number | null }>(
        "SELECT SUM(spent) AS spent FROM usage WHERE day >= ? AND day < ?",
        dayOf(start),
        dayOf(end),
      )
      .one();
    return spent ?? 0;
  }
}
