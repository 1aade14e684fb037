// Positions in lists, as callers name them.

import { type Position, readCursor } from "../core/cursor.ts";
import { invalidRequest } from "./problem.ts";

/** The position that a list's `cursor` names. @throws Problem if it is not a cursor of this list. */
export function positionOf(cursor: string | undefined, prefix: string): Position | null {
  const position = cursor === undefined ? null : readCursor(cursor, prefix);
  if (cursor === undefined || position !== null) return position;
  throw invalidRequest([{ pointer: "/cursor", message: "must be a next_cursor of this list" }]);
}
