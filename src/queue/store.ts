// The only file that names the storage of a line; docs/storage.md documents it. Everything is read once and then kept in
// memory, because each turn depends on all who wait. Nothing is written before the provider has refused a submission as
// too many.

import type { Position } from "../core/cursor.ts";
import { type Capacity, UNKNOWN_CAPACITY } from "../core/queue/capacity.ts";
import type { Speed } from "../core/queue/turns.ts";

const CAPACITY_KEY = "capacity";
const SPEED_KEY = "speed";

/**
 * `waiting`: waits for its turn. `missed`: waits, but did not take its last turn. `granted`: has its turn until
 * `leaseEnd`. `unknown` and `running`: holds a place at the provider.
 */
export type EntryState = "waiting" | "missed" | "granted" | "unknown" | "running";

/** A generation in the line, or at the provider. All times are milliseconds since the Unix epoch. */
export interface Entry extends Position {
  readonly account: string;
  /** Version of the generation's last report. */
  readonly version: number;
  readonly state: EntryState;
  /** When its last turn was granted; 0 if it had none. */
  readonly grantedAt: number;
  /** When its turn ends unless it reports, or could have ended if it was missed; 0 if it had none. */
  readonly leaseEnd: number;
  /** When a turn is granted even if the provider has asked for a longer wait. */
  readonly lastTryAt: number;
  /** When it is forgotten unless it reports again. If it holds a place, it is asked instead whether it still does. */
  readonly forgetAt: number;
}

const TABLES = [
  `CREATE TABLE entries (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, created_at INTEGER NOT NULL, version INTEGER NOT NULL,
    state TEXT NOT NULL, granted_at INTEGER NOT NULL, lease_end INTEGER NOT NULL,
    last_try_at INTEGER NOT NULL, forget_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  "CREATE TABLE turns (account TEXT PRIMARY KEY, turn INTEGER NOT NULL) WITHOUT ROWID",
];

interface Row {
  readonly [column: string]: SqlStorageValue;
  readonly id: string;
  readonly account: string;
  readonly created_at: number;
  readonly version: number;
  readonly state: EntryState;
  readonly granted_at: number;
  readonly lease_end: number;
  readonly last_try_at: number;
  readonly forget_at: number;
}

/** What a new instance of the object reads. */
export interface StoredLine {
  readonly entries: readonly Entry[];
  /** Number of each account's last turn. */
  readonly turns: ReadonlyMap<string, number>;
  readonly capacity: Capacity;
  readonly speed: Speed | null;
}

export class LineStore {
  readonly #sql: SqlStorage;
  readonly #kv: Pick<SyncKvStorage, "get" | "put">;
  #isMade: boolean;

  constructor({ sql, kv }: Pick<DurableObjectStorage, "sql" | "kv">) {
    this.#sql = sql;
    this.#kv = kv;
    // This check does not write, because a write creates an object that is billed.
    this.#isMade = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'entries'").toArray().length > 0;
  }

  load(): StoredLine {
    if (!this.#isMade) return { entries: [], turns: new Map(), capacity: UNKNOWN_CAPACITY, speed: null };
    const turns = this.#sql.exec<{ account: string; turn: number }>("SELECT account, turn FROM turns").toArray();
    return {
      entries: this.#sql.exec<Row>("SELECT * FROM entries").toArray().map(entryOf),
      turns: new Map(turns.map(({ account, turn }) => [account, turn])),
      capacity: { ...UNKNOWN_CAPACITY, ...this.#kv.get<Capacity>(CAPACITY_KEY) },
      speed: this.#kv.get<Speed>(SPEED_KEY) ?? null,
    };
  }

  put({ id, account, createdAt, version, state, grantedAt, leaseEnd, lastTryAt, forgetAt }: Entry): void {
    if (!this.#isMade) for (const table of TABLES) this.#sql.exec(table);
    this.#isMade = true;
    this.#sql.exec(
      "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, account, createdAt, version, state, grantedAt, leaseEnd, lastTryAt, forgetAt],
    );
  }

  delete(id: string): void {
    this.#sql.exec("DELETE FROM entries WHERE id = ?", id);
  }

  putTurn(account: string, turn: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO turns VALUES (?, ?)", account, turn);
  }

  /** Once nobody is left, it does not matter any more whose turn it was. */
  deleteTurns(): void {
    this.#sql.exec("DELETE FROM turns");
  }

  putCapacity(capacity: Capacity): void {
    this.#kv.put(CAPACITY_KEY, capacity);
  }

  putSpeed(speed: Speed): void {
    this.#kv.put(SPEED_KEY, speed);
  }
}

function entryOf({ created_at, granted_at, lease_end, last_try_at, forget_at, ...entry }: Row): Entry {
  return {
    ...entry,
    createdAt: created_at,
    grantedAt: granted_at,
    leaseEnd: lease_end,
    lastTryAt: last_try_at,
    forgetAt: forget_at,
  };
}
