// The SQL tables of an account's object, used by index-store.ts, place-store.ts, usage-store.ts and delivery-log.ts.
// docs/storage.md documents them. Each table is created by its first write, so that an unused account costs nothing.

const UNFINISHED = ["queued", "generating", "storing"];

/** SQL condition: the row is a generation that has not ended, or a reserved place. */
export const IS_UNFINISHED = `status IN (${UNFINISHED.map((status) => `'${status}'`).join(", ")})`;

/** Whether a generation with this status has not ended. */
export function isUnfinished(status: string): boolean {
  return UNFINISHED.includes(status);
}

/**
 * Columns of `generations` that earlier releases did not have, in the order in which they were added. They are null in
 * the rows of releases that did not know them.
 */
const ADDED = [
  "estimate INTEGER",
  "credits REAL",
  "usd INTEGER",
  "settled INTEGER NOT NULL DEFAULT 0",
  "error TEXT",
  "delivered INTEGER",
  "pending INTEGER",
  "failed INTEGER",
  "duration INTEGER",
  "prompt TEXT",
  "metadata TEXT",
];

const CREATE = {
  // The primary key is in listing order. It includes the time, because an id can be used again after its tombstone. The
  // long texts come last: what precedes them is read without the pages that they overflow into.
  generations: `CREATE TABLE generations (
    created_at INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
    model TEXT NOT NULL, check_at INTEGER, ${ADDED.join(", ")}, PRIMARY KEY (created_at, id)) WITHOUT ROWID`,
  checks: "CREATE INDEX checks ON generations (check_at) WHERE check_at IS NOT NULL",
  in_flight: `CREATE INDEX in_flight ON generations (id) WHERE ${IS_UNFINISHED}`,
  leftovers: `CREATE TABLE leftovers (
    created_at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (created_at, id)) WITHOUT ROWID`,
  usage: `CREATE TABLE usage (
    day INTEGER NOT NULL, model TEXT NOT NULL, completed INTEGER NOT NULL, failed INTEGER NOT NULL,
    canceled INTEGER NOT NULL, credits REAL NOT NULL, usd INTEGER NOT NULL, spent INTEGER NOT NULL,
    bytes INTEGER NOT NULL, PRIMARY KEY (day, model)) WITHOUT ROWID`,
  endpoint_deliveries: `CREATE TABLE endpoint_deliveries (
    endpoint_id TEXT NOT NULL, created_at INTEGER NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL,
    generation_id TEXT, generation_created_at INTEGER, state TEXT NOT NULL, next_attempt_at INTEGER,
    attempts INTEGER NOT NULL, attempted_at INTEGER, status INTEGER, error TEXT, duration INTEGER,
    PRIMARY KEY (endpoint_id, created_at, id)) WITHOUT ROWID`,
  undelivered: `CREATE INDEX undelivered ON endpoint_deliveries (endpoint_id, created_at, id)
    WHERE state <> 'delivered'`,
} as const;

/** Name of a table or an index. */
export type TableName = keyof typeof CREATE;

/** Creates tables and indexes when they are first needed, and adds columns to the tables of earlier releases. */
export class Tables {
  readonly sql: SqlStorage;
  /** Names of the tables and indexes that exist. Null until they are first needed. Only this object creates them. */
  #existing: Set<string> | null = null;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** Creates those that do not exist. */
  make(...names: readonly TableName[]): void {
    const existing = this.#load();
    for (const name of names) {
      if (existing.has(name)) continue;
      this.sql.exec(CREATE[name]);
      existing.add(name);
    }
  }

  /** Whether the table or index exists. This check must not write, because a write creates an object that is billed. */
  exists(name: TableName): boolean {
    return this.#load().has(name);
  }

  #load(): Set<string> {
    if (this.#existing !== null) return this.#existing;
    const found = this.sql.exec<{ name: string; sql: string | null }>("SELECT name, sql FROM sqlite_master").toArray();
    for (const { name, sql } of found) if (name === "generations") this.#addColumns(sql ?? "");
    this.#existing = new Set(found.map(({ name }) => name));
    return this.#existing;
  }

  #addColumns(definition: string): void {
    for (const column of ADDED) {
      if (!definition.includes(column)) this.sql.exec(`ALTER TABLE generations ADD COLUMN ${column}`);
    }
  }
}
