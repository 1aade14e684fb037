// The custom headers of a webhook endpoint while they are edited.

/** A row. The id tells rows with the same text apart. */
export interface HeaderRow {
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

export function rowsOf(headers: Readonly<Record<string, string>>): readonly HeaderRow[] {
  return Object.entries(headers).map(([name, value], id) => ({ id, name, value }));
}

/** Rows without a name are left out. */
export function headersOf(rows: readonly HeaderRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), value]),
  );
}

/** The name of the row that repeats an earlier one, which would be lost; null if there is none. */
export function repeatedName(rows: readonly HeaderRow[]): string | null {
  const names = rows.map(({ name }) => name.trim().toLowerCase());
  const repeated = rows.find((_, index) => names[index] !== "" && names.indexOf(names[index] ?? "") < index);
  return repeated?.name.trim() ?? null;
}
