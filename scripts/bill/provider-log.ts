// Reads what the provider has charged for Reelhook's generations, from the provider's log of requests.

import { GENERATION_ID } from "../../src/contract/ids.ts";
import { parseDecimal } from "../../src/core/http-fields.ts";
import { DAY_MS } from "../../src/core/money/days.ts";
import { type MicroUsd, microUsd } from "../../src/core/money/micro-usd.ts";
import { saysUnpaid } from "../../src/providers/job-status.ts";
import { type Fields, fieldsOf, valuesOf } from "../../src/providers/json-fields.ts";
import { type Calls, Failure, printable } from "./calls.ts";
import type { Month } from "./month.ts";

/** A row of the log about a submission of one of Reelhook's generations. */
export interface Charge {
  /** The generation's id, and when it was accepted, in milliseconds since the Unix epoch. */
  readonly id: string;
  readonly createdAt: number;
  readonly model: string;
  readonly usd: MicroUsd;
}

/** What was read of the log, and how many rows were left out. */
export interface ProviderLog {
  /** Charges for generations that were accepted in the month. */
  readonly charges: readonly Charge[];
  /** Number of rows that were read, each counted once. */
  readonly rows: number;
  /** Rows of Reelhook's generations that were accepted in other months. */
  readonly ofOtherMonths: number;
  /** Rows that are not from Reelhook. */
  readonly foreign: number;
  /** Rows of the month's generations that state no readable price. They count as nothing. */
  readonly withoutPrice: number;
  /** Rows that could not be read. */
  readonly unreadable: number;
  /** Number of rows that the log has according to the provider; null unless it is more than were read. */
  readonly expectedRows: number | null;
}

/**
 * How long after the end of the month its generations may still be submitted: the longest QUEUE_TIMEOUT_SECONDS,
 * and a day for rows that appear late.
 */
const MARGIN_MS = 8 * DAY_MS;
/** Allowed difference between the two clocks. */
const CLOCK_MARGIN_MS = 10 * 60_000;

const PAGE_SIZE = 100;
const MAX_PAGES = 20_000;

/** The provider allows 200 calls a minute. */
export const LOG_PACE_MS = 310;

/** @param onPage called with the number of rows read so far. */
export async function readProviderLog(
  calls: Calls,
  month: Month,
  { now, onPage }: { readonly now: number; readonly onPage: (rows: number) => void },
): Promise<ProviderLog> {
  const start = new Date(month.start - CLOCK_MARGIN_MS).toISOString();
  // A fixed end, so that new rows do not move the pages.
  const end = new Date(Math.min(month.end + MARGIN_MS, now + CLOCK_MARGIN_MS)).toISOString();
  const rows = new Map<string, Fields>();
  let [offset, unreadable, total] = [0, 0, 0];
  for (let page = 0; ; page++) {
    if (page === MAX_PAGES) throw new Failure(`The provider's log has more than ${MAX_PAGES * PAGE_SIZE} rows.`);
    const query = { start, end, limit: String(PAGE_SIZE), offset: String(offset) };
    const answer = readPage(await calls.get("/v2/logs", query), offset);
    for (const value of answer.data) {
      const row = fieldsOf(value);
      if (row === null) unreadable++;
      else rows.set(keyOf(row), row);
    }
    offset += answer.data.length;
    total = Math.max(total, answer.total ?? 0);
    onPage(offset);
    if (!answer.hasMore || answer.data.length === 0) break;
  }
  const read = rows.size + unreadable;
  return { ...sorted([...rows.values()], month), rows: read, unreadable, expectedRows: total > read ? total : null };
}

/** @param offset number of the rows before this page. */
function readPage(answer: unknown, offset: number) {
  const page = fieldsOf(answer);
  const data = page === null ? undefined : valuesOf(page, ["data"]).find(Array.isArray);
  if (page === null || data === undefined) {
    throw new Failure("GET /v2/logs of the provider: the answer is not a page of its log.");
  }
  const pagination = fieldsOf(valuesOf(page, ["pagination"])[0]) ?? {};
  const [more] = valuesOf(pagination, ["hasmore"]);
  const [count] = valuesOf(pagination, ["total"]);
  const total = typeof count === "number" ? count : null;
  // Used if the answer does not say whether there are more rows. Pages can be shorter than requested, so the total
  // decides. Without a total, a short page counts as the last one.
  const seemsToHaveMore = total === null ? data.length >= PAGE_SIZE : offset + data.length < total;
  return { data, hasMore: typeof more === "boolean" ? more : seemsToHaveMore, total };
}

/** Identifies a row. If new rows appear while the log is read, a row can be on two pages. */
function keyOf(row: Fields): string {
  const [id] = valuesOf(row, ["requestid"]);
  return typeof id === "string" && id !== "" ? id : JSON.stringify(row);
}

function sorted(rows: readonly Fields[], { start, end }: Month) {
  const charges: Charge[] = [];
  let [foreign, ofOtherMonths, withoutPrice] = [0, 0, 0];
  for (const row of rows) {
    const generation = generationOf(valuesOf(row, ["clientrequestid"])[0]);
    if (generation === null) foreign++;
    else if (generation.createdAt < start || generation.createdAt >= end) ofOtherMonths++;
    else {
      const usd = priceOf(row);
      if (usd === null) withoutPrice++;
      const [model] = valuesOf(row, ["model"]);
      charges.push({ ...generation, model: typeof model === "string" ? printable(model) : "unknown", usd: usd ?? 0 });
    }
  }
  return { charges, foreign, ofOtherMonths, withoutPrice };
}

/**
 * The generation of a request id that Reelhook has sent (`requestIdOf` in src/core/generation/submit.ts): the
 * generation's id, the time of its acceptance in base 36, and the number of the try.
 */
function generationOf(requestId: unknown): { readonly id: string; readonly createdAt: number } | null {
  if (typeof requestId !== "string") return null;
  const [, id = "", time = ""] = /^([^.]+)\.([0-9a-z]{1,10})\.\d+$/.exec(requestId) ?? [];
  return GENERATION_ID.test(id) ? { id, createdAt: Number.parseInt(time, 36) } : null;
}

/** Null if the row states no readable price. A failed request is not charged, so its row may lack the price. */
function priceOf(row: Fields): MicroUsd | null {
  const [usd] = valuesOf(row, ["cost"]).flatMap((cost) => valuesOf(fieldsOf(cost) ?? {}, ["usd"]));
  const amount = typeof usd === "string" ? parseDecimal(usd) : usd;
  if (typeof amount === "number") return microUsd(amount);
  const [status] = valuesOf(row, ["status"]);
  return typeof status === "string" && saysUnpaid(status) ? 0 : null;
}
