// Shortens an unexpected answer of the provider for the log. The outline shows fields, status words, ids and URLs, and
// leaves out secrets and anything that may come from the caller's request.

import type { JsonObject } from "../core/json.ts";
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
  // Two passes over the answer, so that the request, which can have 256 kB, is searched once for all texts of the
  // answer.
  const texts: string[] = [];
  const collect = (text: string) => texts.push(plain(startOf(text)));
  shortened(answer, { values: MAX_VALUES, show: collect }, 0);
  const request = { sent, runs: runsInBoth(texts, sent) };
  const outline = shortened(answer, { values: MAX_VALUES, show: (text) => shortText(text, request) }, 0);
  return cutText(JSON.stringify(outline) ?? "", MAX_LENGTH);
}

interface Scope {
  /** Number of values that may still be shown. */
  values: number;
  /** Called with each text and name, in the same order for the same answer. */
  show(text: string): unknown;
}

function shortened(value: unknown, scope: Scope, depth: number): unknown {
  if (scope.values-- <= 0) return "…";
  if (typeof value === "string") return scope.show(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((each) => shortened(each, scope, depth + 1));
  const fields = fieldsOf(value) ?? {};
  const shown: [unknown, unknown][] = [];
  for (const name in fields) {
    if (shown.length === MAX_ITEMS) break;
    const isUnshown = UNSHOWN.test(name.slice(0, MAX_TEXT_LENGTH));
    shown.push([scope.show(name), isUnshown ? "…" : shortened(fields[name], scope, depth + 1)]);
  }
  return Object.fromEntries(shown);
}

/** The request, prepared for the search. */
interface Sent {
  /** Its texts in plain form. */
  readonly sent: readonly string[];
  /** Parts of {@link RUN_LENGTH} characters that its prose and the answer have in common. */
  readonly runs: ReadonlySet<string>;
}

function startOf(text: string): string {
  return cutText(text, MAX_TEXT_LENGTH);
}

function shortText(text: string, request: Sent): string {
  const start = startOf(text);
  if (isSent(start, request) || /^[\w+/=.-]{48,}$/.test(start)) return "…";
  return start
    .replace(/^data:.*/is, "data:…")
    .replace(/\/\/[^/@\s]*@/g, "//")
    .replace(QUERY, "?…")
    .replace(OPAQUE, "…");
}

/** Whether the text contains a text of the request, or a part of one. */
function isSent(text: string, { sent, runs }: Sent): boolean {
  const own = plain(text);
  // A text without spaces may be a status, an id or a name that also occurs in the prompt.
  const isProse = /[^\x21-\x7e]/.test(own);
  if (sent.some((each) => own.includes(each) || (isProse && each.includes(own)))) return true;
  return runsOf(own).some((run) => runs.has(run));
}

function runsInBoth(texts: readonly string[], sent: readonly string[]): Set<string> {
  const ofAnswer = new Set(texts.flatMap(runsOf));
  const common = new Set<string>();
  for (const each of sent) {
    // URLs of different files can have the same host and path.
    if (/^\w+:/.test(each)) continue;
    for (let at = 0; at + RUN_LENGTH <= each.length; at++) {
      const run = each.slice(at, at + RUN_LENGTH);
      if (ofAnswer.has(run)) common.add(run);
    }
  }
  return common;
}

function runsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - RUN_LENGTH + 1) }, (_, at) => text.slice(at, at + RUN_LENGTH));
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}
