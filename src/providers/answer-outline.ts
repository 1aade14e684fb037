// Shortens an unexpected answer of the provider for the log. The outline shows fields, status words, ids and URLs, and
// leaves out secrets and anything that may come from the caller's request.

import type { JsonObject } from "../core/generation/record.ts";
import { cutText } from "../core/text.ts";
import { fieldsOf } from "./json-fields.ts";
import { textsIn } from "./sent-texts.ts";

const MAX_LENGTH = 2_000;
const MAX_DEPTH = 5;
const MAX_ITEMS = 30;
const MAX_VALUES = 300;
const MAX_TEXT_LENGTH = 200;

/** Shorter texts of the request are too common to be recognized in an answer. */
const MIN_SENT_LENGTH = 4;
/** Longer texts, such as data URIs, are compared by their first characters only. */
const MAX_SENT_LENGTH = 20_000;
/** Length of the shortest part of a request's text that is recognized inside another text. */
const RUN_LENGTH = 12;

/** Fields that may repeat the request or contain a secret. */
const UNSHOWN =
  /prompt|text|input|request|caption|description|title|secret|token|password|auth|cookie|signature|credential|session|api_?-?key|access_?-?key|private/i;

/** Queries and fragments of URLs, which can contain secrets. */
const QUERY = /(?:[?#;&]|%3f|%26)\S+/gi;
/** Keys, tokens and files: by their prefix, or because no name or id has as many characters without a break. */
const OPAQUE = /[\w+=-]{48,}|\beyj[\w.-]+|\b(?:sk|pk|rk|key)[-_]\w{8,}|\b(?:bearer|basic) \S+/gi;

/** @returns JSON, cut to 2,000 characters. */
export function outlineOf(answer: unknown, input: JsonObject): string {
  const sent = textsIn(input)
    .filter(({ length }) => length >= MIN_SENT_LENGTH)
    .map((text) => plain(text.slice(0, MAX_SENT_LENGTH)));
  return cutText(JSON.stringify(shortened(answer, { sent, values: MAX_VALUES }, 0)) ?? "", MAX_LENGTH);
}

interface Scope {
  readonly sent: readonly string[];
  /** Number of values that may still be shown. */
  values: number;
}

function shortened(value: unknown, scope: Scope, depth: number): unknown {
  if (scope.values-- <= 0) return "…";
  if (typeof value === "string") return shortText(value, scope);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((each) => shortened(each, scope, depth + 1));
  const fields = fieldsOf(value) ?? {};
  const shown: [string, unknown][] = [];
  for (const name in fields) {
    if (shown.length === MAX_ITEMS) break;
    const isUnshown = UNSHOWN.test(name.slice(0, MAX_TEXT_LENGTH));
    shown.push([shortText(name, scope), isUnshown ? "…" : shortened(fields[name], scope, depth + 1)]);
  }
  return Object.fromEntries(shown);
}

function shortText(text: string, { sent }: Scope): string {
  const start = cutText(text, MAX_TEXT_LENGTH);
  if (isSent(start, sent) || /^[\w+/=.-]{48,}$/.test(start)) return "…";
  return start
    .replace(/^data:.*/is, "data:…")
    .replace(/\/\/[^/@\s]*@/g, "//")
    .replace(QUERY, "?…")
    .replace(OPAQUE, "…");
}

/** Whether the text contains a text of the request, or a part of one. */
function isSent(text: string, sent: readonly string[]): boolean {
  const own = plain(text);
  // A text without spaces may be a status, an id or a name that also occurs in the prompt.
  const isProse = /[^\x21-\x7e]/.test(own);
  if (sent.some((each) => own.includes(each) || (isProse && each.includes(own)))) return true;
  // URLs of different files can have the same host and path.
  const prose = sent.filter((each) => !/^\w+:/.test(each));
  for (let at = 0; at + RUN_LENGTH <= own.length; at++) {
    const run = own.slice(at, at + RUN_LENGTH);
    if (prose.some((each) => each.includes(run))) return true;
  }
  return false;
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}
