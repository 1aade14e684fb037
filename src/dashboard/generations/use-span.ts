// Only the rows near the screen are in the page, so that thousands of them scroll smoothly. All rows have the same height.
// The browser's own way, `content-visibility`, would still need an element for each row. The price is that the browser's
// find-in-page sees only what is near; the list's own search sees everything.

import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { type Span, START, spanOf } from "./span.ts";

/**
 * Which rows to render into `body`, whose height is that of all rows. When rows come or go above the screen, it scrolls by
 * their height, so that what one reads stays where it is.
 */
export function useSpan(body: RefObject<HTMLElement | null>, rows: readonly GenerationSummary[], startY: number): Span {
  const [span, setSpan] = useState(START);
  const count = rows.length;
  const latest = useRef(rows);
  latest.current = rows;
  /** The first row on the screen. Null while the top of the list is on it. */
  const anchor = useRef<{ readonly id: string; readonly index: number } | null>(null);
  const look = useCallback(() => {
    const box = body.current?.getBoundingClientRect();
    const { length } = latest.current;
    if (box === undefined || length === 0) return;
    const rowHeight = box.height / length;
    const next = spanOf({ top: box.top, rowHeight, screenHeight: innerHeight }, length);
    const index = Math.ceil(-box.top / rowHeight);
    const id = latest.current[index]?.id;
    anchor.current = index > 0 && id !== undefined ? { id, index } : null;
    setSpan((before) => (before.first === next.first && before.end === next.end ? before : next));
    return rowHeight;
  }, []);
  useLayoutEffect(() => {
    const before = anchor.current;
    const now = before === null ? -1 : rows.findIndex(({ id }) => id === before.id);
    const box = body.current?.getBoundingClientRect();
    if (before !== null && box !== undefined && now !== -1 && now !== before.index) {
      scrollBy({ top: ((now - before.index) * box.height) / count, behavior: "instant" });
    }
    look();
  }, [rows]);
  useLayoutEffect(() => {
    if (startY > 0) scrollTo({ top: startY, behavior: "instant" });
    look();
  }, []);
  useEffect(() => {
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, []);
  return span;
}
