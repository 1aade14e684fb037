// The list of generations as shown: the loaded pages, kept up to date by live events.

/** Fields that decide where a row belongs. */
export interface Row {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly created_at: string;
}

export interface Filter {
  /** Empty means any. */
  readonly status: string;
  readonly model: string;
}

export interface Rows<R extends Row> {
  /** Newest first. */
  readonly rows: readonly R[];
  /** Cursor of the next older page; null on the last page. */
  readonly next: string | null;
}

/** The list after an event: the row is added, updated or removed. */
export function withNews<R extends Row>({ rows, next }: Rows<R>, news: R, filter: Filter): Rows<R> {
  const others = rows.filter(({ id }) => id !== news.id);
  const fits =
    news.status !== "deleted" &&
    (filter.status === "" || filter.status === news.status) &&
    (filter.model === "" || filter.model === news.model);
  if (!fits) return { rows: others, next };
  const at = others.findIndex((other) => isBefore(news, other));
  if (at !== -1) return { rows: others.toSpliced(at, 0, news), next };
  // Older than all shown rows: its own page brings it, unless this is the last page or the row was already shown.
  const isShown = next === null || others.length < rows.length;
  return { rows: isShown ? [...others, news] : others, next };
}

/**
 * The list with an older page appended, or unchanged if its cursor has changed since the page was requested.
 *
 * @param cursor the cursor that the page was requested with.
 * @param news events that arrived during the request: they may be newer than the page.
 */
export function withPage<R extends Row>(
  list: Rows<R>,
  { cursor, page, news }: { readonly cursor: string; readonly page: Rows<R>; readonly news: readonly R[] },
  filter: Filter,
): Rows<R> {
  if (list.next !== cursor) return list;
  const known = new Set(list.rows.map(({ id }) => id));
  const joined = { rows: [...list.rows, ...page.rows.filter(({ id }) => !known.has(id))], next: page.next };
  return news.reduce<Rows<R>>((rows, each) => withNews(rows, each, filter), joined);
}

/** Whether the list goes back at least as far as `oldest`. */
export function reaches<R extends Row>({ rows, next }: Rows<R>, oldest: Row | undefined): boolean {
  const last = rows.at(-1);
  return next === null || oldest === undefined || (last !== undefined && isBefore(oldest, last));
}

/** Whether `row` comes before `other` in the API's order (newest first, then by id), or is the same row. */
function isBefore(row: Row, other: Row): boolean {
  return row.created_at === other.created_at ? row.id >= other.id : row.created_at > other.created_at;
}
