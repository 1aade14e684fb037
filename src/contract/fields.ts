// Field types and checks that several schemas share.

import * as z from "zod/mini";
import { EVENT_TYPES, STATUSES } from "./words.ts";

/** The field with a description, which /openapi.json and the types of the npm package show. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  return schema.check(z.describe(description));
}

/** RFC 3339, UTC, with milliseconds. */
export const time = z.iso.datetime({ precision: 3 });
export const nullableTime = z.nullable(time);
export const count = z.int().check(z.minimum(0));
/** US dollars, with at most six decimals. */
export const usd = z.number().check(z.minimum(0));
/** US dollars, or null if the amount is not known. */
export const nullableUsd = z.nullable(usd);
export const status = z.enum(STATUSES);
export const eventType = z.enum(EVENT_TYPES);

const TEXT_OR_LIST = {
  abort: false,
  when: ({ value }: { readonly value: unknown }) => typeof value === "string" || Array.isArray(value),
};

/**
 * Length checks of texts and lists. zod's own look at the `length` of any value, and throw for an object such as
 * `{"length": {"toString": 1}}`, which anybody can send.
 */
export const minLength = (least: number) => z.minLength(least, TEXT_OR_LIST);
export const maxLength = (most: number) => z.maxLength(most, TEXT_OR_LIST);

/** A text that is either `true` or `false`. */
export const flag = (message = "must be one of true, false") =>
  z.pipe(
    z.string().check(z.refine((text) => text === "true" || text === "false", message)),
    z.transform((value) => value === "true"),
  );

export function listOf<Item extends z.ZodMiniType>(item: Item) {
  return z.strictObject({ object: z.literal("list"), data: z.array(item) });
}

/** One page of a list. */
export function pageOf<Item extends z.ZodMiniType>(item: Item) {
  return z.strictObject({
    ...listOf(item).shape,
    has_more: z.boolean(),
    /** Null on the last page. */
    next_cursor: z.nullable(z.string()),
  });
}
