// Which rows of the list are in the page.

/** Indices of the rows in the page. */
export interface Span {
  readonly first: number;
  /** The index after the last one. */
  readonly end: number;
}

/** Rows that are ready on each side of the screen. */
const MARGIN = 10;

/** Shown at first, until the height of a row is known. */
export const START: Span = { first: 0, end: 25 };

interface View {
  /** From the top of the screen to the first row, in pixels; negative if the list is scrolled. */
  readonly top: number;
  readonly rowHeight: number;
  readonly screenHeight: number;
}

export function spanOf({ top, rowHeight, screenHeight }: View, count: number): Span {
  if (rowHeight <= 0) return START;
  const above = Math.floor(-top / rowHeight);
  const below = Math.ceil((screenHeight - top) / rowHeight);
  const within = (index: number) => Math.min(Math.max(index, 0), count);
  return { first: within(above - MARGIN), end: within(below + MARGIN) };
}

/** The indices of a span and of a row outside of it, if any, in order. */
export function indicesOf({ first, end }: Span, other: number): readonly number[] {
  const own = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
  if (other === -1 || (other >= first && other < end)) return own;
  return other < first ? [other, ...own] : [...own, other];
}
