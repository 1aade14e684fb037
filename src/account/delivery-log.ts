// The log of what each webhook endpoint was sent: a row per delivery and endpoint. A delivery's own object has all of its
// attempts with their answers; a row has what a list shows.

import type { DeliveryState } from "../contract/words.ts";
import type { PageQuery, Position } from "../core/cursor.ts";
import { compareStandings, type LoggedDelivery } from "../core/webhooks/logged-delivery.ts";
import type { Tables } from "./tables.ts";

/** Deliveries stay in the log for this long after their event. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Rows older than that which each new row of the same endpoint deletes. Two, so that a long log becomes shorter. */
const EXPIRED_PER_ROW = 2;

/** Rows that one page may read, so that a filter without matches does not read the whole log. */
const MAX_SCANNED = 1_000;

export interface LogQuery extends PageQuery {
  readonly state?: DeliveryState | undefined;
}

export interface LogPage {
  readonly deliveries: readonly LoggedDelivery[];
  /** Where the next page begins; null if there is none. */
  readonly next: Position | null;
}

interface Row {
  readonly created_at: number;
  readonly id: string;
  readonly event: LoggedDelivery["event"];
  readonly generation_id: string | null;
  readonly generation_created_at: number | null;
  readonly state: DeliveryState;
  readonly next_attempt_at: number | null;
  readonly attempts: number;
  /** Of the last attempt, as the following columns. Null if there was none. */
  readonly attempted_at: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly duration: number | null;
  readonly [column: string]: SqlStorageValue;
}

interface FoundRow extends Row {
  /** 1 if the index has the generation. */
  readonly is_kept: number;
}

const IS_KEPT = `EXISTS (SELECT 1 FROM generations
  WHERE generations.created_at = generation_created_at AND generations.id = generation_id AND status <> 'deleted')`;

/** The oldest rows of an endpoint. */
const OLDEST = "SELECT created_at, id FROM endpoint_deliveries WHERE endpoint_id = ? ORDER BY created_at, id LIMIT ?";

export class DeliveryLog {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  get #sql(): SqlStorage {
    return this.#tables.sql;
  }

  /**
   * Adds the delivery to the endpoint's log, or brings its row up to date. What is older than the row changes nothing.
   *
   * @param isWhole whether this is how the delivery stands now, and not only the result of an attempt: it then also
   * corrects a row whose state has changed since the same attempt, such as by a redelivery.
   */
  put(endpointId: string, delivery: LoggedDelivery, { now, isWhole }: { now: number; isWhole: boolean }): void {
    if (delivery.createdAt <= now - KEPT_MS) return;
    this.#tables.make("endpoint_deliveries", "undelivered", "generations");
    const known = this.#read(endpointId, delivery);
    if (known === null) {
      this.#insert(endpointId, delivery);
      this.#deleteExpired(endpointId, now);
      return;
    }
    const newer = compareStandings(delivery, known);
    const isChanged = known.state !== delivery.state;
    if (newer > 0 || (newer === 0 && isWhole && isChanged)) this.#update(endpointId, delivery, isChanged);
  }

  #read(endpointId: string, { createdAt, id }: Position): LoggedDelivery | null {
    const rows = this.#sql.exec<Row>(
      "SELECT * FROM endpoint_deliveries WHERE endpoint_id = ? AND created_at = ? AND id = ?",
      ...[endpointId, createdAt, id],
    );
    const [row] = rows.toArray();
    return row === undefined ? null : deliveryOf(row);
  }

  #insert(endpointId: string, { createdAt, id, event, generation, state, ...standing }: LoggedDelivery): void {
    this.#sql.exec(
      "INSERT INTO endpoint_deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[endpointId, createdAt, id, event, generation?.id ?? null, generation?.createdAt ?? null],
      ...[state, ...valuesOf(standing)],
    );
  }

  #update(endpointId: string, { createdAt, id, state, ...standing }: LoggedDelivery, isChanged: boolean): void {
    // Setting the state, even to the same value, writes the index.
    this.#sql.exec(
      `UPDATE endpoint_deliveries SET ${isChanged ? "state = ?, " : ""}
         next_attempt_at = ?, attempts = ?, attempted_at = ?, status = ?, error = ?, duration = ?
       WHERE endpoint_id = ? AND created_at = ? AND id = ?`,
      ...[...(isChanged ? [state] : []), ...valuesOf(standing), endpointId, createdAt, id],
    );
  }

  #deleteExpired(endpointId: string, now: number): void {
    this.#sql.exec(
      `DELETE FROM endpoint_deliveries
       WHERE endpoint_id = ? AND created_at <= ? AND (created_at, id) IN (${OLDEST})`,
      ...[endpointId, now - KEPT_MS, endpointId, EXPIRED_PER_ROW],
    );
  }

  /** Newest first. A page may be short or empty even if more pages follow. */
  page(endpointId: string, { state, limit, after }: LogQuery, now: number): LogPage {
    if (!this.#tables.exists("endpoint_deliveries")) return { deliveries: [], next: null };
    const from = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
    // With an index, few failures among many deliveries are found at once.
    const isIndexed = state !== undefined && state !== "delivered";
    const rows = this.#sql.exec<FoundRow>(
      `SELECT *, ${IS_KEPT} AS is_kept FROM endpoint_deliveries ${isIndexed ? "INDEXED BY undelivered" : ""}
       WHERE endpoint_id = ? AND (created_at, id) < (?, ?) AND created_at > ?
         ${isIndexed ? "AND state <> 'delivered'" : ""}
       ORDER BY created_at DESC, id DESC LIMIT ?`,
      ...[endpointId, from.createdAt, from.id, now - KEPT_MS, MAX_SCANNED + 1],
    );
    const found: LoggedDelivery[] = [];
    let scanned = 0;
    let last = from;
    // The cursor reads rows lazily, so rows after the end of the page are not read.
    for (const row of rows) {
      const delivery = unlessEnded(deliveryOf(row), row);
      const isWanted = (state ?? delivery.state) === delivery.state;
      // A match beyond the page means that there is a next page.
      if ((isWanted && found.length === limit) || scanned === MAX_SCANNED) return { deliveries: found, next: last };
      scanned++;
      if (isWanted) found.push(delivery);
      last = { createdAt: delivery.createdAt, id: delivery.id };
    }
    return { deliveries: found, next: null };
  }

  /** The number of failed and gone deliveries that can be sent again, of generations accepted since then. */
  missed(endpointId: string, since: number, now: number): number {
    if (!this.#tables.exists("endpoint_deliveries")) return 0;
    const { count } = this.#sql
      .exec<{ count: number }>(
        `SELECT COUNT(*) AS count FROM endpoint_deliveries INDEXED BY undelivered
         WHERE endpoint_id = ? AND created_at >= ? AND created_at > ? AND state <> 'delivered' AND state <> 'pending'
           AND generation_created_at >= ? AND ${IS_KEPT}`,
        ...[endpointId, since, now - KEPT_MS, since],
      )
      .one();
    return count;
  }

  /** Deletes up to this many rows of an endpoint. @returns whether there are more. */
  erase(endpointId: string, most: number): boolean {
    if (!this.#tables.exists("endpoint_deliveries")) return false;
    this.#sql.exec(
      `DELETE FROM endpoint_deliveries WHERE endpoint_id = ? AND (created_at, id) IN (${OLDEST})`,
      ...[endpointId, endpointId, most],
    );
    return this.#sql.exec(OLDEST, endpointId, 1).toArray().length > 0;
  }
}

type Standing = Pick<LoggedDelivery, "nextAttemptAt" | "attempts" | "lastAttempt">;

/** Values of the columns from `next_attempt_at` on. */
function valuesOf({ nextAttemptAt, attempts, lastAttempt }: Standing): (number | string | null)[] {
  const { at = null, status = null, error = null, durationMs = null } = lastAttempt ?? {};
  return [nextAttemptAt, attempts, at, status, error, durationMs];
}

function deliveryOf(row: Row): LoggedDelivery {
  const { created_at: createdAt, id, event, state, next_attempt_at: nextAttemptAt, attempts } = row;
  const { generation_id, generation_created_at, attempted_at: at, status, error, duration } = row;
  const isTest = generation_id === null || generation_created_at === null;
  return {
    ...{ createdAt, id, event, state, nextAttemptAt, attempts },
    generation: isTest ? null : { id: generation_id, createdAt: generation_created_at },
    lastAttempt: at === null ? null : { at, status, error, durationMs: duration ?? 0 },
  };
}

/** A delivery that was pending when its generation was deleted is not sent any more: it has failed. */
function unlessEnded(delivery: LoggedDelivery, { is_kept }: FoundRow): LoggedDelivery {
  const isEnded = delivery.state === "pending" && delivery.generation !== null && is_kept === 0;
  return isEnded ? { ...delivery, state: "failed", nextAttemptAt: null } : delivery;
}
