// Reads what Reelhook has counted, from its API.

import type { MicroUsd } from "../../src/core/money/micro-usd.ts";
import { type Fields, fieldsOf } from "../../src/providers/json-fields.ts";
import { type Calls, Failure } from "./calls.ts";
import type { Month } from "./month.ts";

/** A row of `GET /v1/usage`. */
export interface UsageRow {
  /** Such as `2026-11-27`. */
  readonly day: string;
  readonly model: string;
  readonly generations: number;
  readonly usd: MicroUsd;
}

/** A generation in the list of its account. */
export interface ListedGeneration {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly model: string;
  readonly status: string;
  /** The price that the provider has stated; null if it has stated none in dollars. */
  readonly usd: MicroUsd | null;
}

/** The account of an API key. */
export interface Account {
  readonly name: string;
  readonly isLive: boolean;
}

/** Most pages that are read of an account's list, with 100 generations each. */
const MAX_PAGES = 5_000;

/** The account that the key of these calls belongs to. */
export async function readAccount(calls: Calls): Promise<Account> {
  const answer = fieldsOf(await calls.get("/v1/account"));
  const { name, mode } = { name: answer?.["name"], mode: answer?.["mode"] };
  if (typeof name !== "string") throw unexpected("/v1/account");
  return { name, isLive: mode === "live" };
}

/** The sums of the month by day and model. */
export async function readUsage(calls: Calls, { from, to }: Month): Promise<UsageRow[]> {
  const answer = await calls.get("/v1/usage", { from, to, group_by: "day,model" });
  return rowsOf(answer, "/v1/usage").map(({ day, model, generations, usd }) => {
    if (typeof day !== "string" || typeof model !== "string" || typeof usd !== "number") throw unexpected("/v1/usage");
    return { day, model, generations: typeof generations === "number" ? generations : 0, usd: microsOf(usd) };
  });
}

/** The generations that were accepted in this month and are still listed. The list has the newest first. */
export async function readGenerations(calls: Calls, month: Month): Promise<ListedGeneration[]> {
  const found: ListedGeneration[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer: unknown = await calls.get("/v1/generations", {
      limit: "100",
      ...(cursor === null ? {} : { cursor }),
    });
    const generations = rowsOf(answer, "/v1/generations").map(readGeneration);
    found.push(...generations.filter(({ createdAt }) => createdAt >= month.start && createdAt < month.end));
    const next = fieldsOf(answer)?.["next_cursor"];
    const isPast = generations.some(({ createdAt }) => createdAt < month.start);
    if (typeof next !== "string" || isPast) break;
    cursor = next;
  }
  return found;
}

function readGeneration({ id, model, status, created_at: created, usage }: Fields): ListedGeneration {
  const createdAt = typeof created === "string" ? Date.parse(created) : Number.NaN;
  if (typeof id !== "string" || typeof model !== "string" || Number.isNaN(createdAt)) {
    throw unexpected("/v1/generations");
  }
  const usd = fieldsOf(usage)?.["usd"];
  const stated = typeof usd === "number" ? microsOf(usd) : null;
  return { id, model, createdAt, status: typeof status === "string" ? status : "unknown", usd: stated };
}

function rowsOf(answer: unknown, path: string): Fields[] {
  const data = fieldsOf(answer)?.["data"];
  if (!Array.isArray(data)) throw unexpected(path);
  return data.map((row) => {
    const fields = fieldsOf(row);
    if (fields === null) throw unexpected(path);
    return fields;
  });
}

function unexpected(path: string): Failure {
  return new Failure(`GET ${path} of REELHOOK_URL: unexpected answer. Is it Reelhook, in this release or a newer one?`);
}

/** Without the limit of `microUsd`, which is for one generation: sums can be larger. */
function microsOf(usd: number): MicroUsd {
  return Math.round(usd * 1_000_000);
}
