// Reads when models end. The provider's documentation does not name the fields of this answer, so every likely name is
// tried. No answer makes a reader throw.

import type { AnnouncedRetirement } from "../catalogue/ports.ts";
import { type Fields, fieldsOf, plainEntries, valuesOf } from "./json-fields.ts";
import { idIn, listIn } from "./json-text-fields.ts";

const MAX_RETIREMENTS = 1_000;

const IDS = ["id", "model", "modelid", "name", "modelname"];

/** Parts of the names of fields with the end, the likeliest first. Those of the announcement come last. */
const ENDS = ["sunset", "shutdown", "retire", "removal", "remove", "end", "eol", "expire", "discontinu", "deprecat"];
const ANNOUNCEMENTS = ["announce", "deprecat"];

/** What else may be in the name of a field with a time. */
const NOT_A_TIME = /replac|successor|alternat|reason|message|url|link|status|note|endpoint|vendor|send/;

const REPLACEMENTS = ["replacement", "replacements", "replacedby", "replacementmodel", "successor", "alternative"];
const OTHER_REPLACEMENTS = [
  "alternatives",
  "migrateto",
  "recommendedreplacement",
  "suggestedreplacement",
  "useinstead",
];

/** @returns null if this is not a list of ends. An empty list is one. */
export function readRetirements(answer: unknown): readonly AnnouncedRetirement[] | null {
  const entries = entriesIn(answer);
  if (entries === null) return null;
  const read = entries.map(readRetirement).filter((retirement) => retirement !== null);
  // The answer has changed in shape.
  return read.length === 0 && entries.length > 0 ? null : read;
}

/** A list, an object with a list, or a map by id. */
function entriesIn(answer: unknown): readonly Fields[] | null {
  if (Array.isArray(answer)) return listIn(answer, MAX_RETIREMENTS).map((entry) => fieldsOf(entry) ?? {});
  const fields = fieldsOf(answer);
  if (fields === null) return null;
  const [list] = valuesOf(fields, ["data", "deprecations", "models", "items", "results"]);
  if (list !== undefined) return entriesIn(list);
  const byId = Object.entries(fields).slice(0, MAX_RETIREMENTS);
  const entries = byId.flatMap(([id, value]) => {
    const entry = typeof value === "object" ? fieldsOf(value) : { sunset: value };
    return entry === null ? [] : [{ id, ...entry }];
  });
  return entries.some((entry) => readRetirement(entry) !== null) || byId.length === 0 ? entries : null;
}

function readRetirement(entry: Fields): AnnouncedRetirement | null {
  const model = firstId(valuesOf(entry, IDS));
  const endsAt = timeIn(entry, ENDS);
  if (model === null || endsAt === null) return null;
  const announcedAt = timeIn(entry, ANNOUNCEMENTS);
  const replacement = firstId(valuesOf(entry, [...REPLACEMENTS, ...OTHER_REPLACEMENTS]).flatMap(namesIn));
  // Where only the deprecation is dated, that date is the end.
  return { model, endsAt, announcedAt: announcedAt !== null && announcedAt < endsAt ? announcedAt : null, replacement };
}

/** A text, a list, or an object with an id. */
function namesIn(value: unknown): readonly unknown[] {
  const items = Array.isArray(value) ? listIn(value, 10) : [value];
  return items.flatMap((item) => {
    const fields = fieldsOf(item);
    return fields === null ? [item] : valuesOf(fields, IDS);
  });
}

function firstId(values: readonly unknown[]): string | null {
  return values.map(idIn).find((id) => id !== null) ?? null;
}

/** The first time in a field whose name has one of these parts, in their order. */
function timeIn(entry: Fields, parts: readonly string[]): number | null {
  const candidates = plainEntries(entry).filter(([name]) => !NOT_A_TIME.test(name));
  const values = parts.flatMap((part) => candidates.filter(([name]) => name.includes(part)).map(([, value]) => value));
  return values.map(readTime).find((time) => time !== null) ?? null;
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** The years 2000 to 2100. */
const [FIRST_MS, LAST_MS] = [Date.UTC(2000), Date.UTC(2100)];

/** A date or time in ISO 8601, in UTC unless it says otherwise, or seconds or milliseconds since the Unix epoch. */
function readTime(value: unknown): number | null {
  const time = typeof value === "number" ? (value < FIRST_MS / 10 ? value * 1000 : value) : isoTime(value);
  return time >= FIRST_MS && time < LAST_MS ? Math.round(time) : null;
}

function isoTime(value: unknown): number {
  if (typeof value !== "string" || !ISO.test(value)) return Number.NaN;
  const text = value.replace(" ", "T");
  return Date.parse(/T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`);
}
