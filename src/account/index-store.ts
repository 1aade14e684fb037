// Alone names what is stored in an account's object; docs/storage.md describes it for people. The table is made with the
// first report, so that an account that has nothing costs nothing.

import type { Summary } from "../core/outcome.ts";

export class IndexStore {
  readonly #sql: SqlStorage;
  #isMade = false;

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
  }

  /** Takes the summary over, unless a newer one is here. Of two appointments for a check the earlier stays. */
  put({ id, version, status, model, createdAt, checkAt }: Summary): void {
    this.#make();
    this.#sql.exec(
      `INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, status = excluded.status,
         check_at = MIN(COALESCE(check_at, excluded.check_at), excluded.check_at)
       WHERE excluded.version > version`,
      ...[createdAt, id, version, status, model, checkAt],
    );
  }

  delete({ id, createdAt }: Pick<Summary, "id" | "createdAt">): void {
    this.#make();
    this.#sql.exec("DELETE FROM generations WHERE created_at = ? AND id = ?", createdAt, id);
  }

  /** The longest overdue first. */
  overdue(now: number, most: number): { readonly id: string; readonly createdAt: number }[] {
    this.#make();
    const rows = this.#sql.exec<{ id: string; created_at: number }>(
      "SELECT id, created_at FROM generations WHERE check_at <= ? ORDER BY check_at LIMIT ?",
      now,
      most,
    );
    return rows.toArray().map(({ id, created_at }) => ({ id, createdAt: created_at }));
  }

  /** @param checkAt null: never again. */
  setCheck({ id, createdAt }: Pick<Summary, "id" | "createdAt">, checkAt: number | null): void {
    this.#sql.exec("UPDATE generations SET check_at = ? WHERE created_at = ? AND id = ?", checkAt, createdAt, id);
  }

  firstCheck(): number | null {
    this.#make();
    const row = this.#sql
      .exec<{ first: number | null }>("SELECT MIN(check_at) AS first FROM generations WHERE check_at IS NOT NULL")
      .one();
    return row.first;
  }
}
