// Places in flight and reserved estimates. A reservation is a row of `generations` with version 0. It ends with the
// first report of its generation, or when the request or the watchdog gives it back.

import type { Position } from "../core/cursor.ts";
import type { Summary } from "../core/generation/action.ts";
import type { Place } from "../core/limits.ts";
import {
  type Budget,
  type BudgetPeriod,
  type BudgetRefusal,
  budgetRefusal,
  type Commitments,
  periodAround,
} from "../core/money/budget.ts";
import type { Period } from "../core/money/days.ts";
import type { MicroUsd } from "../core/money/micro-usd.ts";
import { IS_UNFINISHED, isUnfinished, type Tables } from "./tables.ts";
import type { UsageStore } from "./usage-store.ts";

/** The limits that a reservation must fit into. */
export interface PlaceRules {
  /** Most generations in flight; null for no limit. */
  readonly most: number | null;
  /** Null for no limit. */
  readonly budget: Budget | null;
  /** When the watchdog checks whether a generation has taken the place. */
  readonly checkAt: number;
}

/** A reserved place, or why there is none. */
export type Reservation =
  /** The generation must have this creation time, because it identifies the place. */
  | { readonly kind: "reserved"; readonly createdAt: number }
  /** All places are taken. */
  | { readonly kind: "full" }
  | BudgetRefusal;

/** Sums over the generations in flight and the reserved places. */
interface InFlight {
  /** Sum of the estimates in this period. */
  readonly day: MicroUsd;
  readonly month: MicroUsd;
  readonly underWay: number;
  readonly unpriced: number;
  readonly [column: string]: SqlStorageValue;
}

const NOTHING_IN_FLIGHT: InFlight = { day: 0, month: 0, underWay: 0, unpriced: 0 };

/** The rows of places and of generations in flight. */
export class PlaceStore {
  readonly #tables: Tables;
  readonly #usage: UsageStore;

  constructor(tables: Tables, usage: UsageStore) {
    this.#tables = tables;
    this.#usage = usage;
  }

  /**
   * Reserves a place in flight and the estimate. Each request has its own row, so that a request that fails does not
   * give back the place of another one with the same id. Together, they count once.
   *
   * @returns the creation time that the generation must have: `createdAt`, or the next time that no other request for
   * this id has.
   */
  reserve({ id, model, estimate, ...place }: Place, { most, budget, checkAt }: PlaceRules): Reservation {
    // The index `in_flight` is created only here, so that a deployment without limits does not write it.
    this.#tables.make("generations", "checks", "in_flight");
    if (most !== null && !this.#hasRoom(id, most)) return { kind: "full" };
    const createdAt = this.#firstFree({ id, createdAt: place.createdAt });
    if (budget !== null) {
      const refusal = budgetRefusal(budget, this.commitments(createdAt, id), { estimate, at: createdAt });
      if (refusal !== null) return refusal;
    }
    this.#tables.sql.exec(
      `INSERT INTO generations (created_at, id, version, status, model, check_at, estimate)
       VALUES (?, ?, 0, 'queued', ?, ?, ?)`,
      ...[createdAt, id, model, checkAt, estimate],
    );
    return { kind: "reserved", createdAt };
  }

  /** The first time, from `createdAt` on, that no other request for this id has. It can be on the next day. */
  #firstFree({ id, createdAt }: Position): number {
    const query = "SELECT 1 FROM generations WHERE created_at = ? AND id = ?";
    let free = createdAt;
    while (this.#tables.sql.exec(query, free, id).toArray().length > 0) free++;
    return free;
  }

  #hasRoom(id: string, most: number): boolean {
    const inFlight = this.#tables.sql
      .exec<{ id: string }>(`SELECT DISTINCT id FROM generations WHERE ${IS_UNFINISHED} LIMIT ?`, most)
      .toArray();
    return inFlight.some((known) => known.id === id) || inFlight.length + this.#countLeftovers() < most;
  }

  #countLeftovers(): number {
    if (!this.#tables.exists("leftovers")) return 0;
    return this.#tables.sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM leftovers").one().count;
  }

  /**
   * What counts towards the budget at this time.
   *
   * @param without id of a generation that does not count.
   */
  commitments(at: number, without = ""): Commitments {
    const periods = { day: periodAround("day", at), month: periodAround("month", at) };
    const { day, month, underWay, unpriced } = this.#inFlight(periods, without);
    return {
      day: { spent: this.#usage.spentIn(periods.day), reserved: day },
      month: { spent: this.#usage.spentIn(periods.month), reserved: month },
      underWay,
      unpriced,
    };
  }

  /**
   * Counts each id once, even if several requests have reserved it, because only one of them can create the generation.
   * The highest of their estimates counts. If one of their prices is not known, the price of the generation is not
   * known.
   */
  #inFlight({ day, month }: Readonly<Record<BudgetPeriod, Period>>, without: string): InFlight {
    if (!this.#tables.exists("generations")) return NOTHING_IN_FLIGHT;
    const sources = [`SELECT created_at, id, estimate FROM generations WHERE ${IS_UNFINISHED}`];
    if (this.#tables.exists("leftovers")) {
      sources.push("SELECT created_at, id, estimate FROM leftovers JOIN generations USING (created_at, id)");
    }
    const estimateIn = "MAX(IIF(created_at >= ? AND created_at < ?, COALESCE(estimate, 0), 0))";
    return this.#tables.sql
      .exec<InFlight>(
        `SELECT COUNT(*) AS underWay, COALESCE(SUM(is_unpriced), 0) AS unpriced,
           COALESCE(SUM(day), 0) AS day, COALESCE(SUM(month), 0) AS month
         FROM (SELECT MAX(estimate IS NULL) AS is_unpriced, ${estimateIn} AS day, ${estimateIn} AS month
           FROM (${sources.join(" UNION ALL ")}) WHERE id <> ? GROUP BY id)`,
        ...[day.start, day.end, month.start, month.end, without],
      )
      .one();
  }

  release({ id, createdAt }: Position): void {
    if (!this.#tables.exists("generations")) return;
    this.#tables.sql.exec("DELETE FROM generations WHERE created_at = ? AND id = ? AND version = 0", createdAt, id);
  }

  /** Deletes the reservations of other requests for this id. Its generation exists, so none of them can create it. */
  releaseOthers(id: string): void {
    // Only `reserve` creates this index. Without it, nothing was ever reserved.
    if (!this.#tables.exists("in_flight")) return;
    this.#tables.sql.exec(`DELETE FROM generations WHERE ${IS_UNFINISHED} AND version = 0 AND id = ?`, id);
  }

  /** Records whether the job of a canceled or deleted generation may still run. These few have a table of their own. */
  putLeftover({ id, createdAt, status, inFlight }: Summary): void {
    if (isUnfinished(status)) return;
    if (!inFlight) {
      this.deleteLeftover({ id, createdAt });
      return;
    }
    this.#tables.make("leftovers");
    this.#tables.sql.exec("INSERT OR IGNORE INTO leftovers VALUES (?, ?)", createdAt, id);
  }

  deleteLeftover({ id, createdAt }: Position): void {
    if (!this.#tables.exists("leftovers")) return;
    this.#tables.sql.exec("DELETE FROM leftovers WHERE created_at = ? AND id = ?", createdAt, id);
  }
}
