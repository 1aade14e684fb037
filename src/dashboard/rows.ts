// The list of generations as it is shown: pages that were asked for, kept true by what is told meanwhile.

/** What a row needs for its place. */
export interface Row {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly created_at: string;
}

export interface Filter {
  /** Empty: any. */
  readonly status: string;
  readonly model: string;
}

export interface Rows<R extends Row> {
  /** Newest first. */
  readonly rows: readonly R[];
  /** Cursor of what is older; null when that is all. */
  readonly next: string | null;
}

/** The list with a row as it is now: in its place, gone, or new. */
export function withNews<R extends Row>({ rows, next }: Rows<R>, news: R, filter: Filter): Rows<R> {
  const others = rows.filter(({ id }) => id !== news.id);
  const fits =
    news.status !== "deleted" &&
    (filter.status === "" || filter.status === news.status) &&
    (filter.model === "" || filter.model === news.model);
  if (!fits) return { rows: others, next };
  const at = others.findIndex((other) => isBefore(news, other));
  if (at !== -1) return { rows: others.toSpliced(at, 0, news), next };
  // Older than all that is shown: it comes with its page, unless this was the last, or it was shown already.
  const isShown = next === null || others.length < rows.length;
  return { rows: isShown ? [...others, news] : others, next };
}

/**
 * The list with an older page at its end; as it was, when it has become another list since the page was asked for.
 *
 * @param cursor what the page was asked for with.
 * @param news what was told while it was on its way: the page may be older than that.
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

/** Whether a list goes back as far as that row. */
export function reaches<R extends Row>({ rows, next }: Rows<R>, oldest: Row | undefined): boolean {
  const last = rows.at(-1);
  return next === null || oldest === undefined || (last !== undefined && isBefore(oldest, last));
}

/** In the API's order, which is newest first, then by id; or the same row. */
function isBefore(row: Row, other: Row): boolean {
  return row.created_at === other.created_at ? row.id >= other.id : row.created_at > other.created_at;
}
