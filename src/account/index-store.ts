// The only file that names the SQL tables of an account's object; the object's keys are in endpoint-store.ts, and
// docs/storage.md documents both. The first write creates them, so that an unused account costs nothing.

import type { Position } from "../core/cursor.ts";
import type { Summary } from "../core/generation/action.ts";
import type { ReportedStatus } from "../core/generation/record.ts";
import type { ListPage, ListQuery } from "./listing.ts";

/** Generations that one page may scan, so that a filter without matches does not read the whole table. */
const MAX_SCANNED = 1_000;

/** The same with the tombstones of deleted generations, of which an account can make many in a day. */
const MAX_ROWS_READ = 10_000;

const UNFINISHED = ["queued", "generating", "storing"];
const IN_FLIGHT = `status IN (${UNFINISHED.map((status) => `'${status}'`).join(", ")})`;

interface Row {
  readonly created_at: number;
  readonly id: string;
  readonly version: number;
  readonly status: ReportedStatus;
  readonly model: string;
  readonly [column: string]: SqlStorageValue;
}

export class IndexStore {
  readonly #sql: SqlStorage;
  #isMade = false;
  /** Whether a table or index exists, by its name, once checked or created. Only this object creates them. */
  readonly #known = new Map<string, boolean>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  #make(): void {
    if (this.#isMade) return;
    // The primary key is in listing order. It includes the time, because an id can be used again after its tombstone.
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS generations (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
      model TEXT NOT NULL, check_at INTEGER, PRIMARY KEY (created_at, id)) WITHOUT ROWID`);
    this.#sql.exec("CREATE INDEX IF NOT EXISTS checks ON generations (check_at) WHERE check_at IS NOT NULL");
    this.#isMade = true;
    this.#known.set("generations", true);
  }

  /** Whether the table or index exists. This check must not write, because a write creates an object that is billed. */
  #exists(name = "generations"): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", name).toArray();
    this.#known.set(name, found.length > 0);
    return found.length > 0;
  }

  /**
   * Stores the summary unless a newer one is stored. Keeps the earlier of the old and the new check time.
   *
   * @returns whether the status changed.
   */
  put(summary: Summary): boolean {
    const { id, version, status, model, createdAt, checkAt } = summary;
    this.#make();
    const known = this.#statusOf({ id, createdAt });
    if (known !== null) {
      // The check time usually stays. It is not set here, because setting it, even to the same value, writes its index.
      const kept = this.#sql.exec(
        `UPDATE generations SET version = ?, status = ?
         WHERE created_at = ? AND id = ? AND version < ? AND check_at <= ?`,
        ...[version, status, createdAt, id, version, checkAt],
      );
      if (kept.rowsWritten > 0) {
        this.#putLeftover(summary);
        return status !== known;
      }
    }
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, status = excluded.status,
         check_at = MIN(COALESCE(check_at, excluded.check_at), excluded.check_at)
       WHERE excluded.version > version`,
      ...[createdAt, id, version, status, model, checkAt],
    );
    if (rowsWritten === 0) return false;
    if (known === null) this.#deletePlaces(id);
    this.#putLeftover(summary);
    return status !== known;
  }

  /** Deletes what other requests for this id have reserved: the generation exists, so none of them can create it. */
  #deletePlaces(id: string): void {
    // Without the index, nothing was ever reserved.
    if (!this.#exists("in_flight")) return;
    this.#sql.exec(`DELETE FROM generations WHERE ${IN_FLIGHT} AND version = 0 AND id = ?`, id);
  }

  /** Canceled and deleted generations whose job may still run have a table of their own, because there are few. */
  #putLeftover({ id, createdAt, status, inFlight }: Summary): void {
    if (UNFINISHED.includes(status)) return;
    if (!inFlight) {
      this.#deleteLeftover({ id, createdAt });
      return;
    }
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS leftovers (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (created_at, id)) WITHOUT ROWID`);
    this.#known.set("leftovers", true);
    this.#sql.exec("INSERT OR IGNORE INTO leftovers VALUES (?, ?)", createdAt, id);
  }

  #deleteLeftover({ id, createdAt }: Position): void {
    if (!this.#exists("leftovers")) return;
    this.#sql.exec("DELETE FROM leftovers WHERE created_at = ? AND id = ?", createdAt, id);
  }

  /**
   * Reserves a place for a request that may create a generation, unless `most` are in flight. Requests for the same id
   * have a row each, so that one that fails does not give back the place of another; together they count once.
   *
   * @returns the creation time that the generation must have, which names the place: `createdAt`, or the next time that no
   * other request for this id has. Null if there is no place.
   */
  reserve(
    { id, createdAt, model }: Position & { readonly model: string },
    { most, checkAt }: { most: number; checkAt: number },
  ): number | null {
    this.#make();
    // Created here, so that a deployment without a limit does not write this index.
    this.#sql.exec(`CREATE INDEX IF NOT EXISTS in_flight ON generations (id) WHERE ${IN_FLIGHT}`);
    this.#known.set("in_flight", true);
    const inFlight = this.#sql
      .exec<{ id: string }>(`SELECT DISTINCT id FROM generations WHERE ${IN_FLIGHT} LIMIT ?`, most)
      .toArray();
    const hasPlace = inFlight.some((known) => known.id === id);
    if (!hasPlace && inFlight.length + this.#countLeftovers() >= most) return null;
    const insert = (at: number) => {
      const row = [at, id, model, checkAt];
      return (
        this.#sql.exec("INSERT OR IGNORE INTO generations VALUES (?, ?, 0, 'queued', ?, ?)", ...row).rowsWritten > 0
      );
    };
    if (insert(createdAt)) return createdAt;
    // Another request for this id came in the same millisecond.
    const { latest } = this.#sql
      .exec<{ latest: number }>(
        "SELECT MAX(created_at) AS latest FROM generations WHERE created_at >= ? AND id = ?",
        createdAt,
        id,
      )
      .one();
    insert(latest + 1);
    return latest + 1;
  }

  #countLeftovers(): number {
    if (!this.#exists("leftovers")) return 0;
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM leftovers").one().count;
  }

  release({ id, createdAt }: Position): void {
    if (!this.#exists()) return;
    this.#sql.exec("DELETE FROM generations WHERE created_at = ? AND id = ? AND version = 0", createdAt, id);
  }

  /** The last reported status; null if none was reported. */
  #statusOf({ id, createdAt }: Position): ReportedStatus | null {
    const rows = this.#sql.exec<{ status: ReportedStatus }>(
      "SELECT status FROM generations WHERE created_at = ? AND id = ? AND version > 0",
      createdAt,
      id,
    );
    return rows.toArray()[0]?.status ?? null;
  }

  delete({ id, createdAt }: Position): void {
    if (!this.#exists()) return;
    this.#sql.exec("DELETE FROM generations WHERE created_at = ? AND id = ?", createdAt, id);
    this.#deleteLeftover({ id, createdAt });
  }

  /** Generations whose check is due, the longest overdue first. */
  overdue(now: number, most: number): Position[] {
    if (!this.#exists()) return [];
    const rows = this.#sql.exec<{ id: string; created_at: number }>(
      "SELECT id, created_at FROM generations WHERE check_at <= ? ORDER BY check_at LIMIT ?",
      now,
      most,
    );
    return rows.toArray().map(({ id, created_at }) => ({ id, createdAt: created_at }));
  }

  /**
   * Newest first; see `Index` in accounts.ts. Without a filter it reads only its page and the tombstones of the last
   * day.
   */
  list({ status, model, limit, after }: ListQuery): ListPage {
    if (!this.#exists()) return { rows: [], next: null };
    const from = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
    const rows = this.#sql.exec<Row>(
      `SELECT created_at, id, version, status, model FROM generations
       WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?`,
      ...[from.createdAt, from.id, MAX_ROWS_READ],
    );
    const found: ListPage["rows"][number][] = [];
    let scanned = 0;
    let read = 0;
    let last = from;
    // The cursor reads rows lazily, so rows after the end of the page are not read.
    for (const { created_at: createdAt, id, version, ...row } of rows) {
      read++;
      // Tombstones of deleted generations, and places that are only reserved, are not listed.
      if (row.status !== "deleted" && version > 0) {
        scanned++;
        const isWanted = (status ?? row.status) === row.status && (model ?? row.model) === row.model;
        // A match beyond the page means that there is a next page.
        if (isWanted && found.length === limit) return { rows: found, next: last };
        if (isWanted) found.push({ createdAt, id, status: row.status, model: row.model });
      }
      last = { createdAt, id };
      if (scanned === MAX_SCANNED || read === MAX_ROWS_READ) return { rows: found, next: last };
    }
    return { rows: found, next: null };
  }

  /** The next generations after this position, in order of acceptance, accepted no later than `until`. */
  after({ createdAt, id }: Position, until: number, most: number): Position[] {
    if (!this.#exists()) return [];
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
    if (!this.#exists()) return null;
    const row = this.#sql
      .exec<{ first: number | null }>("SELECT MIN(check_at) AS first FROM generations WHERE check_at IS NOT NULL")
      .one();
    return row.first;
  }
}
