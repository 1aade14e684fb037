// Counts over the newest rows of an account's index.

import { type ErrorCode, STATUSES, type Status } from "../contract/words.ts";
import type { ReportedStatus } from "../core/generation/record.ts";
import type { MicroUsd } from "../core/money/micro-usd.ts";
import type { Tables } from "./tables.ts";

/** Rows that the counts may include, so that one call takes a bounded time. */
export const MAX_COUNTED = 100_000;

export interface Overview {
  /** Counts are of generations accepted at this time or later. In milliseconds since the Unix epoch. */
  readonly since: number;
  readonly byStatus: Readonly<Record<Status, number>>;
  /** Of failed generations, the most frequent first. */
  readonly errors: readonly { readonly code: ErrorCode; readonly count: number }[];
  /** Generations with at least one such delivery. */
  readonly deliveries: { readonly failed: number; readonly pending: number };
  /** What the provider states that it has charged. */
  readonly usd: MicroUsd;
}

interface Group {
  readonly status: ReportedStatus;
  readonly is_place: number;
  readonly error: ErrorCode | null;
  readonly count: number;
  readonly failed: number;
  readonly pending: number;
  readonly usd: MicroUsd;
  readonly oldest: number;
  readonly [column: string]: SqlStorageValue;
}

/** The counts since this time, or since later if there are more than `most` generations. */
export function overviewIn(tables: Tables, since: number, most = MAX_COUNTED): Overview {
  const groups = tables.exists("generations") ? groupsIn(tables, since, most) : [];
  const read = groups.reduce((sum, { count }) => sum + count, 0);
  if (read < most) return overviewOf(groups, since);
  // Others with the time of the oldest may not have been read.
  const from = Math.min(...groups.map(({ oldest }) => oldest)) + 1;
  return overviewOf(groupsIn(tables, from, most), from);
}

function groupsIn({ sql }: Tables, since: number, most: number): readonly Group[] {
  return sql
    .exec<Group>(
      `SELECT status, version = 0 AS is_place, error, COUNT(*) AS count, COALESCE(SUM(failed > 0), 0) AS failed,
         COALESCE(SUM(pending > 0), 0) AS pending, COALESCE(SUM(usd), 0) AS usd, MIN(created_at) AS oldest
       FROM (SELECT status, version, error, failed, pending, usd, created_at FROM generations
         WHERE created_at >= ? ORDER BY created_at DESC LIMIT ?)
       GROUP BY status, is_place, error`,
      ...[since, most],
    )
    .toArray();
}

function overviewOf(all: readonly Group[], since: number): Overview {
  // Lists have neither tombstones nor reserved places.
  const groups = all.filter(({ status, is_place }) => status !== "deleted" && is_place === 0);
  const sum = (of: "count" | "failed" | "pending" | "usd", among = groups) =>
    among.reduce((total, group) => total + group[of], 0);
  const counts = STATUSES.map((each) => [
    each,
    sum(
      "count",
      groups.filter(({ status }) => status === each),
    ),
  ]);
  return {
    since,
    byStatus: Object.fromEntries(counts),
    errors: groups
      .flatMap(({ status, error, count }) => (status === "failed" && error !== null ? [{ code: error, count }] : []))
      .sort((a, b) => b.count - a.count),
    deliveries: { failed: sum("failed"), pending: sum("pending") },
    usd: sum("usd"),
  };
}
