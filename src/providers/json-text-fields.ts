// Reads texts, ids and lists in JSON of unknown shape, within bounds.

import { cutText } from "../core/text.ts";

const MAX_TEXT = 200;

const ID = /^[A-Za-z0-9][\w.:/+@-]{0,199}$/;

/** A text, cut to 200 characters; null if it is empty or not a text. */
export function textIn(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = cutText(value.trim(), MAX_TEXT);
  return text === "" ? null : text;
}

/** The id of a model; null if the value cannot be one. */
export function idIn(value: unknown): string | null {
  return typeof value === "string" && ID.test(value) ? value : null;
}

/** The first items of a list; empty if it is not a list. */
export function listIn(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}
