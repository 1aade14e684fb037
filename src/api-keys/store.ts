// The only file that names the storage of the API keys; docs/storage.md documents it. Nothing is written before the first
// key is made.

import type { Position } from "../core/cursor.ts";
import type { Day } from "../core/money/days.ts";
import type { HashedApiKey } from "./results.ts";

const TABLES = [
  `CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, account TEXT NOT NULL, mode TEXT NOT NULL, name TEXT NOT NULL,
    prefix TEXT NOT NULL, read_only INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
    last_used_day INTEGER
  ) WITHOUT ROWID`,
  "CREATE UNIQUE INDEX by_hash ON api_keys (hash)",
  "CREATE INDEX by_account ON api_keys (account, created_at, id)",
  "CREATE INDEX by_time ON api_keys (created_at, id)",
  "CREATE TABLE accounts (name TEXT PRIMARY KEY) WITHOUT ROWID",
];

/** A key as it is stored. Times are milliseconds since the Unix epoch. */
export interface StoredApiKey extends HashedApiKey {
  readonly createdAt: number;
  /** Null if it was never used. */
  readonly lastUsedDay: Day | null;
}

interface Row {
  readonly [column: string]: SqlStorageValue;
  readonly id: string;
  readonly hash: string;
  readonly account: string;
  readonly mode: "live" | "test";
  readonly name: string;
  readonly prefix: string;
  readonly read_only: number;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_day: number | null;
}

export class ApiKeyStore {
  readonly #sql: SqlStorage;
  #isMade: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // This check does not write, because a write creates an object that is billed.
    this.#isMade = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'accounts'").toArray().length > 0;
  }

  put(key: StoredApiKey): void {
    if (!this.#isMade) for (const statement of TABLES) this.#sql.exec(statement);
    this.#isMade = true;
    this.#sql.exec("INSERT OR IGNORE INTO accounts VALUES (?)", key.account);
    this.#sql.exec(
      "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[key.id, key.hash, key.account, key.mode, key.name, key.prefix, key.readOnly ? 1 : 0],
      ...[key.createdAt, key.expiresAt, key.lastUsedDay],
    );
  }

  withHash(hash: string): StoredApiKey | null {
    return this.#select("WHERE hash = ?", hash)[0] ?? null;
  }

  setLastUsed(id: string, day: Day): void {
    this.#sql.exec("UPDATE api_keys SET last_used_day = ? WHERE id = ?", day, id);
  }

  /** Newest first. @param account null for all accounts. */
  list(account: string | null, after: Position | null, limit: number): StoredApiKey[] {
    const conditions = [
      ...(account === null ? [] : ["account = ?"]),
      ...(after === null ? [] : ["(created_at, id) < (?, ?)"]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const values = [...(account === null ? [] : [account]), ...(after === null ? [] : [after.createdAt, after.id])];
    return this.#select(`${where} ORDER BY created_at DESC, id DESC LIMIT ?`, ...values, limit);
  }

  /** How many keys the account has, expired ones included. */
  count(account: string): number {
    if (!this.#isMade) return 0;
    const { keys } = this.#sql
      .exec<{ keys: number }>("SELECT COUNT(*) AS keys FROM api_keys WHERE account = ?", account)
      .one();
    return keys;
  }

  /** The account's key that has been expired for longest. */
  longestExpired(account: string, now: number): StoredApiKey | null {
    return this.#select("WHERE account = ? AND expires_at <= ? ORDER BY expires_at LIMIT 1", account, now)[0] ?? null;
  }

  /** False if there is no such key. */
  delete(id: string): boolean {
    return this.#isMade && this.#sql.exec("DELETE FROM api_keys WHERE id = ?", id).rowsWritten > 0;
  }

  /** Every account that ever had a key. */
  accounts(): string[] {
    if (!this.#isMade) return [];
    return this.#sql
      .exec<{ name: string }>("SELECT name FROM accounts ORDER BY name")
      .toArray()
      .map(({ name }) => name);
  }

  #select(clauses: string, ...values: readonly SqlStorageValue[]): StoredApiKey[] {
    if (!this.#isMade) return [];
    return this.#sql
      .exec<Row>(`SELECT * FROM api_keys ${clauses}`, ...values)
      .toArray()
      .map(storedKey);
  }
}

function storedKey({ read_only, created_at, expires_at, last_used_day, ...key }: Row): StoredApiKey {
  return {
    ...key,
    readOnly: read_only === 1,
    createdAt: created_at,
    expiresAt: expires_at,
    lastUsedDay: last_used_day,
  };
}
