// The index of an account's generations.

import type { Position } from "../core/cursor.ts";
import type { Summary } from "../core/generation/action.ts";
import type { ReportedStatus } from "../core/generation/record.ts";
import type { MicroUsd } from "../core/money/micro-usd.ts";
import type { ListedGeneration, ListPage, ListQuery } from "./listing.ts";
import type { PlaceStore } from "./place-store.ts";
import type { Tables } from "./tables.ts";
import type { UsageStore } from "./usage-store.ts";

/** Generations that one page may scan, so that a filter without matches does not read the whole table. */
const MAX_SCANNED = 1_000;

/** The same, including the tombstones of deleted generations: an account can make many of them in a day. */
const MAX_ROWS_READ = 10_000;

interface Row {
  readonly created_at: number;
  readonly id: string;
  readonly version: number;
  readonly status: ReportedStatus;
  readonly model: string;
  readonly estimate: MicroUsd | null;
  readonly credits: number | null;
  readonly usd: MicroUsd | null;
  readonly [column: string]: SqlStorageValue;
}

interface Known {
  readonly status: ReportedStatus;
  /** 1 if the generation has been added to `usage`, otherwise 0. */
  readonly settled: number;
  readonly [column: string]: SqlStorageValue;
}

/** A generation or place whose check is due. */
export interface Overdue extends Position {
  /** The version that was last reported; 0 for a place. */
  readonly version: number;
}

/** The rows of generations, and their checks by the watchdog. */
export class IndexStore {
  readonly #tables: Tables;
  readonly #places: PlaceStore;
  readonly #usage: UsageStore;

  constructor(tables: Tables, places: PlaceStore, usage: UsageStore) {
    this.#tables = tables;
    this.#places = places;
    this.#usage = usage;
  }

  get #sql(): SqlStorage {
    return this.#tables.sql;
  }

  /**
   * Stores the summary unless a newer one is stored. Keeps the earlier of the old and the new check time. Adds the
   * generation to `usage` once its cost is settled.
   *
   * @returns whether the status changed.
   */
  put(summary: Summary): boolean {
    this.#tables.make("generations", "checks");
    const known = this.#known(summary);
    const isCounted = known?.settled === 1;
    const settlement = isCounted ? null : summary.settlement;
    const settled = Number(isCounted || settlement !== null);
    if (!this.#write(summary, { isKnown: known !== null, settled })) return false;
    // At its first report, and at its end: requests with its idempotency key may have arrived in between.
    if (known === null || !summary.inFlight) this.#places.releaseOthers(summary.id);
    this.#places.putLeftover(summary);
    if (settlement !== null) this.#usage.add(summary, settlement);
    return summary.status !== known?.status;
  }

  /** Whether no newer summary is stored. */
  isNewest({ id, createdAt, version }: Overdue): boolean {
    const newer = "SELECT 1 FROM generations WHERE created_at = ? AND id = ? AND version > ?";
    return this.#sql.exec(newer, createdAt, id, version).toArray().length === 0;
  }

  /** @returns false if a newer summary is stored. */
  #write(summary: Summary, { isKnown, settled }: { isKnown: boolean; settled: number }): boolean {
    const { id, version, status, model, createdAt, checkAt, estimate, usage } = summary;
    const [credits, usd] = [usage?.credits ?? null, usage?.usd ?? null];
    if (isKnown) {
      // The check time usually stays. It is not set here, because setting it, even to the same value, writes its index.
      const kept = this.#sql.exec(
        `UPDATE generations SET version = ?, status = ?, credits = ?, usd = ?, settled = ?
         WHERE created_at = ? AND id = ? AND version < ? AND check_at <= ?`,
        ...[version, status, credits, usd, settled, createdAt, id, version, checkAt],
      );
      if (kept.rowsWritten > 0) return true;
    }
    // The first report replaces the check of a place (version 0). The place's estimate stays if the report has none.
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, status = excluded.status,
         estimate = COALESCE(excluded.estimate, estimate), credits = excluded.credits, usd = excluded.usd,
         settled = excluded.settled,
         check_at = CASE version WHEN 0 THEN excluded.check_at
           ELSE MIN(COALESCE(check_at, excluded.check_at), excluded.check_at) END
       WHERE excluded.version > version`,
      ...[createdAt, id, version, status, model, checkAt, estimate, credits, usd, settled],
    );
    return rowsWritten > 0;
  }

  /** The last report; null if there was none. */
  #known({ id, createdAt }: Position): Known | null {
    const rows = this.#sql.exec<Known>(
      "SELECT status, settled FROM generations WHERE created_at = ? AND id = ? AND version > 0",
      createdAt,
      id,
    );
    return rows.toArray()[0] ?? null;
  }

  /** Deletes the row of a generation or place, unless a report has arrived since it was found. */
  delete({ id, createdAt, version }: Overdue): void {
    if (!this.#tables.exists("generations")) return;
    const { rowsWritten } = this.#sql.exec(
      "DELETE FROM generations WHERE created_at = ? AND id = ? AND version = ?",
      ...[createdAt, id, version],
    );
    if (rowsWritten > 0) this.#places.deleteLeftover({ id, createdAt });
  }

  /** Generations whose check is due, the longest overdue first. */
  overdue(now: number, most: number): Overdue[] {
    if (!this.#tables.exists("generations")) return [];
    const rows = this.#sql.exec<{ id: string; created_at: number; version: number }>(
      "SELECT id, created_at, version FROM generations WHERE check_at <= ? ORDER BY check_at LIMIT ?",
      now,
      most,
    );
    return rows.toArray().map(({ id, created_at, version }) => ({ id, createdAt: created_at, version }));
  }

  /**
   * Newest first; see `Index` in accounts.ts. Without a filter it reads only its page and the tombstones of the last
   * day.
   */
  list({ status, model, limit, after }: ListQuery): ListPage {
    if (!this.#tables.exists("generations")) return { rows: [], next: null };
    const from = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
    const rows = this.#sql.exec<Row>(
      `SELECT created_at, id, version, status, model, estimate, credits, usd FROM generations
       WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?`,
      ...[from.createdAt, from.id, MAX_ROWS_READ],
    );
    const found: ListedGeneration[] = [];
    let scanned = 0;
    let read = 0;
    let last = from;
    // The cursor reads rows lazily, so rows after the end of the page are not read.
    for (const { created_at: createdAt, id, version, ...row } of rows) {
      read++;
      // Tombstones of deleted generations and reserved places are not listed.
      if (row.status !== "deleted" && version > 0) {
        scanned++;
        const isWanted = (status ?? row.status) === row.status && (model ?? row.model) === row.model;
        // A match beyond the page means that there is a next page.
        if (isWanted && found.length === limit) return { rows: found, next: last };
        if (isWanted) found.push(listed({ createdAt, id, status: row.status }, row));
      }
      last = { createdAt, id };
      if (scanned === MAX_SCANNED || read === MAX_ROWS_READ) return { rows: found, next: last };
    }
    return { rows: found, next: null };
  }

  /** The next generations after this position, in order of acceptance, accepted no later than `until`. */
  after({ createdAt, id }: Position, until: number, most: number): Position[] {
    if (!this.#tables.exists("generations")) return [];
    const rows = this.#sql.exec<{ id: string; created_at: number }>(
      `SELECT id, created_at FROM generations
       WHERE (created_at, id) > (?, ?) AND created_at <= ? ORDER BY created_at, id LIMIT ?`,
      ...[createdAt, id, until, most],
    );
    return rows.toArray().map((row) => ({ id: row.id, createdAt: row.created_at }));
  }

  /** @param checkAt null if no further check is needed. */
  setCheck({ id, createdAt }: Position, checkAt: number | null): void {
    this.#sql.exec("UPDATE generations SET check_at = ? WHERE created_at = ? AND id = ?", checkAt, createdAt, id);
  }

  firstCheck(): number | null {
    if (!this.#tables.exists("generations")) return null;
    const row = this.#sql
      .exec<{ first: number | null }>("SELECT MIN(check_at) AS first FROM generations WHERE check_at IS NOT NULL")
      .one();
    return row.first;
  }
}

function listed(
  generation: Pick<ListedGeneration, "createdAt" | "id" | "status">,
  { model, estimate, credits, usd }: Pick<Row, "model" | "estimate" | "credits" | "usd">,
): ListedGeneration {
  const usage = credits === null && usd === null ? null : { credits, usd };
  return { ...generation, model, estimate, usage };
}
