// The SQL table of an account's object, which nothing else names; its keys are in endpoint-store.ts, and docs/storage.md
// describes both. The table is made with the first write, so that an account that has nothing costs nothing.

import type { Summary } from "../core/generation/action.ts";
import type { ReportedStatus, Status } from "../core/generation/record.ts";
import type { ListPage, ListPosition, ListQuery } from "./listing.ts";

/** Generations, by one page: a filter that fits nothing must not read everything. */
const MAX_SCANNED = 1_000;

const IN_FLIGHT = "status IN ('queued', 'generating', 'storing')";

/** A tombstone is no generation any more, and a place that is only reserved is none yet. */
const LISTED = "status <> 'deleted' AND version > 0";

interface Row {
  readonly created_at: number;
  readonly id: string;
  readonly status: Status;
  readonly model: string;
  readonly [column: string]: SqlStorageValue;
}

export class IndexStore {
  readonly #sql: SqlStorage;
  #isMade = false;
  #isThere = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  #make(): void {
    if (this.#isMade) return;
    // Ordered as it is listed. An id can come again once its tombstone is gone, with another time: that is another row.
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS generations (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
      model TEXT NOT NULL, check_at INTEGER, PRIMARY KEY (created_at, id)) WITHOUT ROWID`);
    this.#sql.exec("CREATE INDEX IF NOT EXISTS checks ON generations (check_at) WHERE check_at IS NOT NULL");
    this.#isMade = true;
    this.#isThere = true;
  }

  /** Whether there is anything to read. To ask must not write: that alone would make an object that is billed. */
  #hasTable(): boolean {
    this.#isThere ||=
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'generations'").toArray().length > 0;
    return this.#isThere;
  }

  /**
   * Takes the summary over, unless a newer one is here. Of two appointments for a check the earlier stays.
   *
   * @returns whether its status is news.
   */
  put({ id, version, status, model, createdAt, checkAt }: Summary): boolean {
    this.#make();
    const known = this.#statusOf({ id, createdAt });
    if (known !== null) {
      // Mostly the appointment stays; its index is written only when it is set, even to what it was.
      const kept = this.#sql.exec(
        `UPDATE generations SET version = ?, status = ?
         WHERE created_at = ? AND id = ? AND version < ? AND check_at <= ?`,
        ...[version, status, createdAt, id, version, checkAt],
      );
      if (kept.rowsWritten > 0) return status !== known;
    }
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, status = excluded.status,
         check_at = MIN(COALESCE(check_at, excluded.check_at), excluded.check_at)
       WHERE excluded.version > version`,
      ...[createdAt, id, version, status, model, checkAt],
    );
    return rowsWritten > 0 && status !== known;
  }

  /** Takes a place for a generation to come, unless as many as may are in flight. */
  reserve(
    { id, createdAt, model }: ListPosition & { readonly model: string },
    { most, checkAt }: { most: number; checkAt: number },
  ): boolean {
    this.#make();
    // Made here, so that those who set no limit write no index.
    this.#sql.exec(`CREATE INDEX IF NOT EXISTS in_flight ON generations (id) WHERE ${IN_FLIGHT}`);
    // A place that an earlier try took, and left.
    this.#sql.exec(`DELETE FROM generations WHERE ${IN_FLIGHT} AND version = 0 AND id = ?`, id);
    const inFlight = this.#sql
      .exec<{ id: string }>(`SELECT id FROM generations WHERE ${IN_FLIGHT} LIMIT ?`, most)
      .toArray();
    if (inFlight.some((known) => known.id === id)) return true;
    if (inFlight.length >= most) return false;
    this.#sql.exec("INSERT INTO generations VALUES (?, ?, 0, 'queued', ?, ?)", createdAt, id, model, checkAt);
    return true;
  }

  release({ id, createdAt }: ListPosition): void {
    if (!this.#hasTable()) return;
    this.#sql.exec("DELETE FROM generations WHERE created_at = ? AND id = ? AND version = 0", createdAt, id);
  }

  /** As last reported; null before that. */
  #statusOf({ id, createdAt }: ListPosition): ReportedStatus | null {
    const rows = this.#sql.exec<{ status: ReportedStatus }>(
      "SELECT status FROM generations WHERE created_at = ? AND id = ? AND version > 0",
      createdAt,
      id,
    );
    return rows.toArray()[0]?.status ?? null;
  }

  delete({ id, createdAt }: Pick<Summary, "id" | "createdAt">): void {
    if (!this.#hasTable()) return;
    this.#sql.exec("DELETE FROM generations WHERE created_at = ? AND id = ?", createdAt, id);
  }

  /** The longest overdue first. */
  overdue(now: number, most: number): { readonly id: string; readonly createdAt: number }[] {
    if (!this.#hasTable()) return [];
    const rows = this.#sql.exec<{ id: string; created_at: number }>(
      "SELECT id, created_at FROM generations WHERE check_at <= ? ORDER BY check_at LIMIT ?",
      now,
      most,
    );
    return rows.toArray().map(({ id, created_at }) => ({ id, createdAt: created_at }));
  }

  /** The newest first; see `Index` in accounts.ts. Beside its page it reads only what was deleted in the last day. */
  list({ status, model, limit, after }: ListQuery): ListPage {
    if (!this.#hasTable()) return { rows: [], next: null };
    const from = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
    const rows = this.#sql.exec<Row>(
      `SELECT created_at, id, status, model FROM generations
       WHERE (created_at, id) < (?, ?) AND ${LISTED} ORDER BY created_at DESC, id DESC LIMIT ?`,
      ...[from.createdAt, from.id, MAX_SCANNED],
    );
    const found: ListPage["rows"][number][] = [];
    let scanned = 0;
    let last = from;
    // Read one by one: what is not looked at is not read.
    for (const row of rows) {
      scanned++;
      const isWanted = (status ?? row.status) === row.status && (model ?? row.model) === row.model;
      // One more than the page holds, which tells that there is more.
      if (isWanted && found.length === limit) return { rows: found, next: last };
      last = { createdAt: row.created_at, id: row.id };
      if (isWanted) found.push({ ...last, status: row.status, model: row.model });
    }
    return { rows: found, next: scanned === MAX_SCANNED ? last : null };
  }

  /** The next ones in the order of their acceptance, up to that time. */
  after(
    { createdAt, id }: Pick<Summary, "id" | "createdAt">,
    until: number,
    most: number,
  ): { readonly id: string; readonly createdAt: number }[] {
    if (!this.#hasTable()) return [];
    const rows = this.#sql.exec<{ id: string; created_at: number }>(
      `SELECT id, created_at FROM generations
       WHERE (created_at, id) > (?, ?) AND created_at <= ? ORDER BY created_at, id LIMIT ?`,
      ...[createdAt, id, until, most],
    );
    return rows.toArray().map((row) => ({ id: row.id, createdAt: row.created_at }));
  }

  /** @param checkAt null: never again. */
  setCheck({ id, createdAt }: Pick<Summary, "id" | "createdAt">, checkAt: number | null): void {
    this.#sql.exec("UPDATE generations SET check_at = ? WHERE created_at = ? AND id = ?", checkAt, createdAt, id);
  }

  firstCheck(): number | null {
    if (!this.#hasTable()) return null;
    const row = this.#sql
      .exec<{ first: number | null }>("SELECT MIN(check_at) AS first FROM generations WHERE check_at IS NOT NULL")
      .one();
    return row.first;
  }
}
