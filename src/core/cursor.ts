// Pages of lists that are ordered by creation time and id. A cursor names the last item of a page, so that the next
// page repeats and skips nothing when items are added or removed.

/** An item's position in its list. */
export interface Position {
  readonly createdAt: number;
  readonly id: string;
}

export interface PageQuery {
  /** Items on the page, at most. */
  readonly limit: number;
  /** Position of the last item on the previous page; null for the first page. */
  readonly after: Position | null;
}

export function writeCursor({ createdAt, id }: Position): string {
  return `${createdAt.toString(36)}-${id}`;
}

/** @param prefix of ids in this list, such as `gen`. @returns null if it is not a cursor of such a list. */
export function readCursor(cursor: string, prefix: string): Position | null {
  const [, createdAt, id, kind] = /^([0-9a-z]{1,10})-(([a-z]{1,4})_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined || kind !== prefix) return null;
  return { createdAt: Number.parseInt(createdAt, 36), id };
}
