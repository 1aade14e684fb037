// The list of generations as shown: the loaded pages, kept up to date by live events.

import type { GenerationSummary } from "../../contract/generation.ts";
import type { Mode } from "../../contract/words.ts";
import { type Filter, matches } from "./filter.ts";

export interface Rows {
  /** Newest first. */
  readonly rows: readonly GenerationSummary[];
  /** Cursor of the next older page; null on the last page. */
  readonly next: string | null;
}

/**
 * A generation in an event, which lacks what is computed when a list is read. During a deploy, the events may still be
 * those of a release that told less.
 */
export type News = Pick<GenerationSummary, "id" | "object" | "model" | "created_at" | "estimate" | "usage"> &
  Partial<Pick<GenerationSummary, "prompt" | "error" | "deliveries">> & {
    readonly status: GenerationSummary["status"] | "deleted";
  };

export const UNTOLD = { prompt: null, error: null, deliveries: null, video: null };

interface Context {
  readonly filter: Filter;
  /** The mode of everything in the list. */
  readonly mode: Mode;
  /** In milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The list after an event: the row is added, updated or removed. A row that may not match is only updated. */
export function withNews(list: Rows, news: News, { filter, mode, now }: Context): Rows {
  const known = list.rows.find(({ id }) => id === news.id);
  if (news.status === "deleted") return without(list, news.id);
  const queue = (news.status === "queued" && known?.queue) || null;
  const row = { mode, ...UNTOLD, ...known, ...news, status: news.status, queue };
  const verdict = matches(filter, row, now);
  // What the API alone can tell of a generation never changes.
  const isIn = verdict ?? known !== undefined;
  return isIn ? withRow(list, row) : without(list, news.id);
}

/** The list with rows that the API has just returned for its filter. */
export function withRead(list: Rows, read: readonly GenerationSummary[]): Rows {
  return read.reduce(withRow, list);
}

function without({ rows, next }: Rows, id: string): Rows {
  return { rows: rows.filter((row) => row.id !== id), next };
}

function withRow(list: Rows, row: GenerationSummary): Rows {
  const { rows: others, next } = without(list, row.id);
  const at = others.findIndex((other) => isBefore(row, other));
  if (at !== -1) return { rows: others.toSpliced(at, 0, row), next };
  // Older than all shown rows: its own page brings it, unless this is the last page or the row was already shown.
  const isShown = next === null || others.length < list.rows.length;
  return { rows: isShown ? [...others, row] : others, next };
}

/**
 * The list with an older page appended, or unchanged if its cursor has changed since the page was requested.
 *
 * @param cursor the cursor that the page was requested with.
 * @param news events that arrived during the request: they may be newer than the page.
 */
export function withPage(
  list: Rows,
  { cursor, page, news }: { readonly cursor: string; readonly page: Rows; readonly news: readonly News[] },
  context: Context,
): Rows {
  if (list.next !== cursor) return list;
  const known = new Set(list.rows.map(({ id }) => id));
  const joined = { rows: [...list.rows, ...page.rows.filter(({ id }) => !known.has(id))], next: page.next };
  return news.reduce<Rows>((rows, each) => withNews(rows, each, context), joined);
}

/** Newest rows that are read again when events may have been missed. Older ones, if loaded, stay as they were read. */
const MAX_REREAD = 1_000;

/** Whether the list goes back at least as far as the rows that were shown, or has enough of them. */
export function reaches({ rows, next }: Rows, shown: readonly GenerationSummary[]): boolean {
  const oldest = shown.at(-1);
  const last = rows.at(-1);
  if (next === null || oldest === undefined || rows.length >= MAX_REREAD) return true;
  return last !== undefined && isBefore(oldest, last);
}

/** The rows that were read again, and after them those that were shown before and are older. */
export function withOlder(read: Rows, shown: Rows): Rows {
  const last = read.rows.at(-1);
  const older = last === undefined ? [] : shown.rows.filter((row) => !isBefore(row, last));
  return older.length === 0 || read.next === null ? read : { rows: [...read.rows, ...older], next: shown.next };
}

type Placed = Pick<GenerationSummary, "id" | "created_at">;

/** Whether `row` comes before `other` in the API's order (newest first, then by id), or is the same row. */
function isBefore(row: Placed, other: Placed): boolean {
  return row.created_at === other.created_at ? row.id >= other.id : row.created_at > other.created_at;
}
