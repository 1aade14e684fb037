// A database in memory behind the part of `SqlStorage` that the stores of accounts and lines use.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

type Row = Record<string, SqlStorageValue>;

interface Prepared {
  readonly statement: StatementSync;
  readonly hasRows: boolean;
}

class Cursor {
  readonly rowsWritten: number;
  readonly #rows: readonly Row[];

  constructor({ statement, hasRows }: Prepared, bindings: readonly SQLInputValue[]) {
    this.#rows = hasRows ? (statement.all(...bindings) as Row[]) : [];
    this.rowsWritten = hasRows ? 0 : Number(statement.run(...bindings).changes);
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }

  toArray(): Row[] {
    return [...this.#rows];
  }

  one(): Row {
    const [row, ...others] = this.#rows;
    if (row === undefined || others.length > 0) throw new Error(`${this.#rows.length} rows, not one`);
    return row;
  }
}

/** An empty database. */
export function sqlInMemory(): SqlStorage {
  const database = new DatabaseSync(":memory:");
  const known = new Map<string, Prepared>();
  const prepared = (query: string): Prepared => {
    const found = known.get(query);
    if (found !== undefined) return found;
    const statement = database.prepare(query);
    const made = { statement, hasRows: statement.columns().length > 0 };
    known.set(query, made);
    return made;
  };
  const exec = (query: string, ...bindings: SQLInputValue[]) => {
    const last = query.lastIndexOf(";");
    // A prepared statement runs only the first of several.
    if (last !== -1) database.exec(query.slice(0, last));
    return new Cursor(prepared(query.slice(last + 1)), bindings);
  };
  return { exec } as unknown as SqlStorage;
}
