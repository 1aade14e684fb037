// Pages of generations: what may be asked for, and the place where a page ended.

import type { ListPlace } from "../ports.ts";
import { invalidRequest } from "./problem.ts";

export function writeCursor({ createdAt, id }: ListPlace): string {
  return `${createdAt.toString(36)}-${id}`;
}

/** @throws Problem when it is none of ours. */
export function readCursor(cursor: string): ListPlace {
  const [, createdAt, id] = /^([0-9a-z]{1,10})-(gen_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw invalidRequest([{ pointer: "/cursor", message: "must be a next_cursor of this list" }]);
  }
  return { createdAt: Number.parseInt(createdAt, 36), id };
}
