// The filter of the list: how the address and the API write it, and which generations match it.

import type { GenerationSummary } from "../../contract/generation.ts";
import {
  DELIVERY_FILTERS,
  type DeliveryFilter,
  ERROR_CODES,
  type ErrorCode,
  STATUSES,
  type Status,
} from "../../contract/words.ts";

/** Periods that end now. */
export const PERIODS = ["today", "24h", "7d", "30d"] as const;
export type Period = (typeof PERIODS)[number];

/** Empty means any. */
export interface Filter {
  readonly status: Status | "";
  readonly error: ErrorCode | "";
  readonly model: string;
  readonly deliveries: DeliveryFilter | "";
  /** Part of the id, or words of the prompt. */
  readonly q: string;
  /** A generation must have all pairs. Each key is there once. */
  readonly metadata: readonly Pair[];
  /** If set, `after` and `before` are empty. */
  readonly period: Period | "";
  /** Times in RFC 3339: created at or after the first, and before the second. */
  readonly after: string;
  readonly before: string;
}

export type Pair = readonly [key: string, value: string];

export const ANY: Filter = {
  status: "",
  error: "",
  model: "",
  deliveries: "",
  q: "",
  metadata: [],
  period: "",
  after: "",
  before: "",
};

const METADATA = "metadata.";

/** Bounds of what the API accepts. */
const MAX_TEXT_LENGTH = 200;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;
const MAX_PAIRS = 16;

/** Reads the query of an address. Ignores what it does not know and what the API would refuse. */
export function readFilter(query: string): Filter {
  const given = new URLSearchParams(query);
  const text = (name: string) => (given.get(name) ?? "").trim().slice(0, MAX_TEXT_LENGTH);
  const oneOf = <T extends string>(name: string, words: readonly T[]): T | "" =>
    words.find((word) => word === given.get(name)) ?? "";
  const period = oneOf("period", PERIODS);
  return {
    status: oneOf("status", STATUSES),
    error: oneOf("error", ERROR_CODES),
    model: text("model"),
    deliveries: oneOf("deliveries", DELIVERY_FILTERS),
    q: text("q"),
    metadata: pairsIn(given),
    period,
    after: period === "" ? timeIn(given.get("created_after")) : "",
    before: period === "" ? timeIn(given.get("created_before")) : "",
  };
}

function pairsIn(given: URLSearchParams): readonly Pair[] {
  const pairs = [...given]
    .filter(([name]) => name.startsWith(METADATA))
    .map(([name, value]): Pair => [name.slice(METADATA.length), value])
    .filter(isPossiblePair);
  return [...new Map(pairs)].slice(0, MAX_PAIRS);
}

function isPossiblePair([key, value]: Pair): boolean {
  return key !== "" && key.length <= MAX_KEY_LENGTH && value.length <= MAX_VALUE_LENGTH;
}

function timeIn(text: string | null): string {
  const at = Date.parse(text ?? "");
  const isPlausible = at >= Date.UTC(2000) && at < Date.UTC(9999);
  return isPlausible ? new Date(at).toISOString() : "";
}

/** Reads `key=value` as somebody typed it. Null if it is not a pair. */
export function pairOf(text: string): Pair | null {
  const at = text.indexOf("=");
  const pair: Pair = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
  return isPossiblePair(pair) ? pair : null;
}

export function withPair({ metadata, ...others }: Filter, [key, value]: Pair): Filter {
  return { ...others, metadata: [...new Map([...metadata, [key, value]])].slice(0, MAX_PAIRS) };
}

/** The query of an address, with the names of the API where it has them. */
export function addressOf(filter: Filter): string {
  return new URLSearchParams({ ...fieldsOf(filter), ...named({ period: filter.period }) }).toString();
}

/** The query for the API at this time. */
export function apiQueryOf(filter: Filter, now: number): Readonly<Record<string, string>> {
  return fieldsOf({ ...filter, ...timesOf(filter, now) });
}

function fieldsOf({ metadata, period: _, after, before, ...own }: Filter): Readonly<Record<string, string>> {
  const pairs = Object.fromEntries(metadata.map(([key, value]) => [METADATA + key, value]));
  return { ...named({ ...own, created_after: after, created_before: before }), ...pairs };
}

function named(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

export function isAny(filter: Filter): boolean {
  return addressOf(filter) === "";
}

const HOUR_MS = 3_600_000;

/** The times between which matching generations were created. */
function timesOf({ period, after, before }: Filter, now: number): Pick<Filter, "after" | "before"> {
  if (period === "") return { after, before };
  const starts: Readonly<Record<Period, number>> = {
    today: new Date(now).setHours(0, 0, 0, 0),
    "24h": now - 24 * HOUR_MS,
    "7d": now - 7 * 24 * HOUR_MS,
    "30d": now - 30 * 24 * HOUR_MS,
  };
  return { after: new Date(starts[period]).toISOString(), before: "" };
}

/** What an event tells of a generation. */
export type Told = Pick<
  GenerationSummary,
  "id" | "status" | "model" | "created_at" | "prompt" | "error" | "deliveries"
>;

/** Whether a generation matches; null if only the API can tell, which knows the metadata and more of the prompt. */
export function matches(filter: Filter, row: Told, now: number): boolean | null {
  const { after, before } = timesOf(filter, now);
  const isOut =
    (filter.status !== "" && filter.status !== row.status) ||
    (filter.error !== "" && filter.error !== row.error?.code) ||
    (filter.model !== "" && filter.model !== row.model) ||
    (after !== "" && row.created_at < after) ||
    (before !== "" && row.created_at >= before) ||
    (filter.deliveries !== "" && row.deliveries?.[filter.deliveries] === 0);
  if (isOut) return false;
  const isFound = filter.q === "" || row.id.includes(filter.q.toLowerCase());
  if (!isFound && row.prompt === null) return false;
  const isKnown = isFound && filter.metadata.length === 0 && (filter.deliveries === "" || row.deliveries !== null);
  return isKnown ? true : null;
}
