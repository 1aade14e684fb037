// Reads when models are retired. The provider's documentation does not name the fields of this answer, so every likely
// name is tried. The reader never throws.

import type { AnnouncedRetirement } from "../catalogue/ports.ts";
import { type Fields, fieldsOf, plainEntries, valuesOf } from "./json-fields.ts";
import { idIn, listIn } from "./json-text-fields.ts";

const MAX_RETIREMENTS = 1_000;

const IDS = ["id", "model", "modelid", "name", "modelname"];

/** Parts of field names for the end date, likeliest first. Names that can also mean the announcement come last. */
const ENDS = ["sunset", "shutdown", "retire", "removal", "remove", "end", "eol", "expire", "discontinu", "deprecat"];
const ANNOUNCEMENTS = ["announce", "deprecat"];

/** Parts of names of fields that are not times, even if they contain one of the parts above. */
const NOT_A_TIME = /replac|successor|alternat|reason|message|url|link|status|note|endpoint|vendor|send/;

const REPLACEMENTS = [
  "replacement",
  "replacements",
  "replacedby",
  "replacementmodel",
  "successor",
  "alternative",
  "replacementid",
  "replacementmodelid",
  "alternatives",
  "migrateto",
  "recommendedreplacement",
  "suggestedreplacement",
  "useinstead",
];

/** @returns null if this is not a list of retirements. An empty list is valid. */
export function readRetirements(answer: unknown): readonly AnnouncedRetirement[] | null {
  const entries = entriesIn(answer);
  if (entries === null) return null;
  const read = entries.map(readRetirement).filter((retirement) => retirement !== null);
  // No entry could be read: the shape of the answer has changed.
  return read.length === 0 && entries.length > 0 ? null : read;
}

/** The entries of a list, of an object with a list, or of a map by id. */
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
  const replacement = firstId(valuesOf(entry, REPLACEMENTS).flatMap(namesIn));
  // If the deprecation is the only date, it is the end date.
  return { model, endsAt, announcedAt: announcedAt !== null && announcedAt < endsAt ? announcedAt : null, replacement };
}

/** The names in a text, a list, or an object with an id. */
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

/** The time in the first field whose name contains one of these parts, in the order of the parts. */
function timeIn(entry: Fields, parts: readonly string[]): number | null {
  const candidates = plainEntries(entry).filter(([name]) => !NOT_A_TIME.test(name));
  const values = parts.flatMap((part) => candidates.filter(([name]) => name.includes(part)).map(([, value]) => value));
  return values.map(readTime).find((time) => time !== null) ?? null;
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** The years 2000 to 2099. Other times are ignored. */
const [FIRST_MS, LAST_MS] = [Date.UTC(2000), Date.UTC(2100)];

/** Reads ISO 8601 (UTC by default), or seconds or milliseconds since the Unix epoch. Returns milliseconds. */
function readTime(value: unknown): number | null {
  const time = typeof value === "number" ? (value < FIRST_MS / 10 ? value * 1000 : value) : isoTime(value);
  return time >= FIRST_MS && time < LAST_MS ? Math.round(time) : null;
}

function isoTime(value: unknown): number {
  if (typeof value !== "string" || !ISO.test(value)) return Number.NaN;
  const text = value.replace(" ", "T");
  return Date.parse(/T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`);
}
