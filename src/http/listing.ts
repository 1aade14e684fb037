// Pages of generations: what may be asked for, and the place where a page ended.

import type * as z from "zod";
import type { ListPosition } from "../account/listing.ts";
import { invalidRequest } from "./problem.ts";
import { listQuery } from "./requests.ts";
import { parseOrRefuse } from "./schemas.ts";

/** @throws Problem that names every bad parameter; one that is there twice says two things. */
export function readListQuery(url: string): z.output<typeof listQuery> {
  const given = [...new URL(url).searchParams];
  const names = given.map(([name]) => name);
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) < at));
  const errors = Array.from(repeated, (name) => ({ pointer: `/${name}`, message: "must be given once" }));
  const first = given.filter(([name], at) => names.indexOf(name) === at);
  return parseOrRefuse(listQuery, Object.fromEntries(first), errors);
}

export function writeCursor({ createdAt, id }: ListPosition): string {
  return `${createdAt.toString(36)}-${id}`;
}

/** @throws Problem when it is none of ours. */
export function readCursor(cursor: string): ListPosition {
  const [, createdAt, id] = /^([0-9a-z]{1,10})-(gen_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw invalidRequest([{ pointer: "/cursor", message: "must be a next_cursor of this list" }]);
  }
  return { createdAt: Number.parseInt(createdAt, 36), id };
}
