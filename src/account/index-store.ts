// The index of an account's generations.

import type { ErrorCode, Status } from "../contract/words.ts";
import type { Position } from "../core/cursor.ts";
import type { Summary } from "../core/generation/action.ts";
import type { ReportedStatus } from "../core/generation/record.ts";
import type { KnownVersion } from "../core/generation/report.ts";
import type { MicroUsd } from "../core/money/micro-usd.ts";
import type { DeliveryCounts } from "../core/webhooks/counts.ts";
import { type Filtered, type ListedGeneration, type ListPage, type ListQuery, passing } from "./listing.ts";
import type { PlaceStore } from "./place-store.ts";
import type { Tables } from "./tables.ts";
import type { UsageStore } from "./usage-store.ts";

/** Generations that one page may scan, so that a filter without matches does not read the whole table. */
const MAX_SCANNED = 1_000;

/** The same, including the tombstones of deleted generations: an account can make many of them in a day. */
const MAX_ROWS_READ = 10_000;

interface Row extends Counts {
  readonly created_at: number;
  readonly id: string;
  readonly version: number;
  readonly status: ReportedStatus;
  readonly model: string;
  readonly estimate: MicroUsd | null;
  readonly credits: number | null;
  readonly usd: MicroUsd | null;
  readonly error: ErrorCode | null;
  /** Of the video, in milliseconds. */
  readonly duration: number | null;
  readonly prompt: string | null;
  /** JSON. Null if there is none, or if it is not needed. */
  readonly metadata: string | null;
}

/** Numbers of deliveries. Null if they are not known. */
interface Counts {
  readonly delivered: number | null;
  readonly pending: number | null;
  readonly failed: number | null;
  readonly [column: string]: SqlStorageValue;
}

interface Known extends Counts {
  readonly status: ReportedStatus;
  /** 1 if the generation has been added to `usage`, otherwise 0. */
  readonly settled: number;
}

/** What a report has changed. */
export type Change = "status" | "deliveries" | "nothing";

/** A generation or place whose check is due. The version is 0 for a place. */
export type Overdue = KnownVersion;

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
   * @returns the change that listeners are told of.
   */
  put(summary: Summary): Change {
    this.#tables.make("generations", "checks");
    const known = this.#known(summary);
    const isCounted = known?.settled === 1;
    const settlement = isCounted ? null : summary.settlement;
    const settled = Number(isCounted || settlement !== null);
    if (!this.#write(summary, { isKnown: known !== null, settled })) return "nothing";
    // At its first report, and at its end: requests with its idempotency key may have arrived in between.
    if (known === null || !summary.inFlight) this.#places.releaseOthers(summary.id);
    this.#places.putLeftover(summary);
    if (settlement !== null) this.#usage.add(summary, settlement);
    if (summary.status !== known?.status) return "status";
    return isSame(countsOf(known), summary.deliveries) ? "nothing" : "deliveries";
  }

  /** Whether no newer summary is stored. */
  isNewest({ id, createdAt, version }: Overdue): boolean {
    const newer = "SELECT 1 FROM generations WHERE created_at = ? AND id = ? AND version > ?";
    return this.#sql.exec(newer, createdAt, id, version).toArray().length === 0;
  }

  /** @returns false if a newer summary is stored. */
  #write(summary: Summary, { isKnown, settled }: { isKnown: boolean; settled: number }): boolean {
    const { id, version, status, model, createdAt, checkAt, estimate, usage, deliveries, metadata } = summary;
    const columns = {
      ...{ version, status, credits: usage?.credits ?? null, usd: usage?.usd ?? null, settled, error: summary.error },
      ...(deliveries ?? { delivered: null, pending: null, failed: null }),
      ...{ duration: summary.video?.durationMs ?? null, prompt: summary.prompt },
      metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
    };
    const [names, values] = [Object.keys(columns), Object.values(columns)];
    if (isKnown) {
      // The check time usually stays. It is not set here, because setting it, even to the same value, writes its index.
      const kept = this.#sql.exec(
        `UPDATE generations SET ${names.map((name) => `${name} = ?`).join(", ")}
         WHERE created_at = ? AND id = ? AND version < ? AND check_at <= ?`,
        ...[...values, createdAt, id, version, checkAt],
      );
      if (kept.rowsWritten > 0) return true;
    }
    // The first report replaces the check of a place (version 0). The place's estimate stays if the report has none.
    const all = ["created_at", "id", "model", "check_at", "estimate", ...names];
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO generations (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")})
       ON CONFLICT DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")},
         estimate = COALESCE(excluded.estimate, estimate),
         check_at = CASE version WHEN 0 THEN excluded.check_at
           ELSE MIN(COALESCE(check_at, excluded.check_at), excluded.check_at) END
       WHERE excluded.version > version`,
      ...[createdAt, id, model, checkAt, estimate, ...values],
    );
    return rowsWritten > 0;
  }

  /** The last report; null if there was none. */
  #known({ id, createdAt }: Position): Known | null {
    const rows = this.#sql.exec<Known>(
      "SELECT status, settled, delivered, pending, failed FROM generations WHERE created_at = ? AND id = ? AND version > 0",
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
  list({ limit, after, createdAfter = 0, createdBefore = Number.MAX_SAFE_INTEGER, ...filters }: ListQuery): ListPage {
    if (!this.#tables.exists("generations")) return { rows: [], next: null };
    const newest = { createdAt: createdBefore, id: "" };
    const from = after !== null && after.createdAt < createdBefore ? after : newest;
    const rows = this.#sql.exec<Row>(
      `SELECT created_at, id, version, status, model, estimate, credits, usd, error, delivered, pending, failed, duration,
         prompt, ${filters.metadata === undefined ? "NULL AS metadata" : "metadata"}
       FROM generations WHERE (created_at, id) < (?, ?) AND created_at >= ?
       ORDER BY created_at DESC, id DESC LIMIT ?`,
      ...[from.createdAt, from.id, createdAfter, MAX_ROWS_READ],
    );
    const passes = passing(filters);
    const found: ListedGeneration[] = [];
    let scanned = 0;
    let read = 0;
    let last: Position = from;
    // The cursor reads rows lazily, so rows after the end of the page are not read.
    for (const row of rows) {
      read++;
      // Tombstones of deleted generations and reserved places are not listed.
      if (row.status !== "deleted" && row.version > 0) {
        scanned++;
        const isWanted = passes(filteredOf(row));
        // A match beyond the page means that there is a next page.
        if (isWanted && found.length === limit) return { rows: found, next: last };
        if (isWanted) found.push(listed(row, row.status));
      }
      last = { createdAt: row.created_at, id: row.id };
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

function listed(row: Row, status: Status): ListedGeneration {
  const { created_at: createdAt, id, model, prompt, error, estimate, credits, usd, duration } = row;
  const usage = credits === null && usd === null ? null : { credits, usd };
  const video = status === "completed" ? { durationMs: duration } : null;
  return { createdAt, id, status, model, prompt, error, deliveries: countsOf(row), video, estimate, usage };
}

function filteredOf({ id, status, model, error, prompt, metadata, ...row }: Row): Filtered {
  const pairs = metadata === null ? {} : JSON.parse(metadata);
  return { id, status, model, error, prompt, metadata: pairs, deliveries: countsOf(row) };
}

function countsOf({ delivered, pending, failed }: Counts): DeliveryCounts | null {
  if (delivered === null || pending === null || failed === null) return null;
  return { delivered, pending, failed };
}

function isSame(one: DeliveryCounts | null, other: DeliveryCounts | null): boolean {
  return (["delivered", "pending", "failed"] as const).every((state) => one?.[state] === other?.[state]);
}
