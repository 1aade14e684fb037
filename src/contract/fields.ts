// Field types that several answers share.

import * as z from "zod/mini";
import { EVENT_TYPES, STATUSES } from "./words.ts";

/** RFC 3339, UTC, with milliseconds. */
export const time = z.iso.datetime({ precision: 3 });
export const nullableTime = z.nullable(time);
export const count = z.int().check(z.minimum(0));
export const status = z.enum(STATUSES);
export const eventType = z.enum(EVENT_TYPES);

export function listOf<Item extends z.ZodMiniType>(item: Item) {
  return z.strictObject({ object: z.literal("list"), data: z.array(item) });
}
