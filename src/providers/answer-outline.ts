// An odd answer of the provider in short, for the log. Without the caller's texts, and without query strings, which can
// hold secrets.

import type { JsonObject } from "../core/generation/record.ts";
import { cutText } from "../core/text.ts";
import { fieldsOf } from "./json-fields.ts";
import { textsIn } from "./sent-texts.ts";

const MAX_LENGTH = 2_000;
const MAX_DEPTH = 5;
const MAX_ITEMS = 30;
const MAX_TEXT_LENGTH = 200;

/** Shorter texts of the request are too common to be recognized in an answer. */
const MIN_SENT_LENGTH = 4;

/** Fields that may repeat the request. */
const FROM_REQUEST = /prompt|text|input|request|caption|description|title/i;

/** JSON of at most 2,000 characters; cut off there. */
export function outlineOf(answer: unknown, input: JsonObject): string {
  const sent = textsIn(input).filter(({ length }) => length >= MIN_SENT_LENGTH);
  return cutText(JSON.stringify(shortened(answer, sent, 0)) ?? "", MAX_LENGTH);
}

function shortened(value: unknown, sent: readonly string[], depth: number): unknown {
  if (typeof value === "string") return shortText(value, sent);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((each) => shortened(each, sent, depth + 1));
  const fields: Record<string, unknown> = {};
  let items = 0;
  for (const name in fieldsOf(value)) {
    if (items++ === MAX_ITEMS) break;
    const inner = (value as Record<string, unknown>)[name];
    fields[cutText(name, MAX_TEXT_LENGTH)] = FROM_REQUEST.test(name) ? "…" : shortened(inner, sent, depth + 1);
  }
  return fields;
}

function shortText(text: string, sent: readonly string[]): string {
  if (sent.some((each) => text.includes(each))) return "…";
  const withoutQuery = /^\w+:\/\//.test(text) ? text.replace(/[?#].*$/s, "?…") : text;
  return cutText(withoutQuery, MAX_TEXT_LENGTH);
}
