// Hosts the object of an account with its real stores, as Cloudflare does: the writes of one turn become durable
// together, and a crash loses memory. Reports and checks go through a faulty network. src/account/object.ts has the
// same turns.

import type { Overdue } from "../../src/account/index-store.ts";
import type { ReserveResult } from "../../src/account/results.ts";
import { type Stores, storesIn } from "../../src/account/stores.ts";
import { CHECKS_AT_ONCE, placeTimes, RETRY_MS, settleCheck } from "../../src/account/watchdog.ts";
import type { Position } from "../../src/core/cursor.ts";
import type { Summary } from "../../src/core/generation/action.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { Limits, Place } from "../../src/core/limits.ts";
import type { Delivery } from "../../src/core/webhooks/delivery.ts";
import { standingOf } from "../../src/core/webhooks/logged-delivery.ts";
import type { Ensured } from "../../src/generation/results.ts";
import { sqlInMemory } from "../support/sql.ts";
import { Died, type Faults } from "./faults.ts";
import type { Claim } from "./ledger.ts";
import type { Account, Heard } from "./outside.ts";
import type { Timeline } from "./timeline.ts";

export interface AccountHostDeps {
  readonly time: Timeline;
  readonly faults: Faults;
  /** Checks a generation. Null if its object died before it could answer. */
  ensure(known: Overdue): Promise<Ensured | null>;
  /** Called when a summary is about to be stored. */
  onReport(summary: Summary): void;
  /** Called when the writes of a turn are durable. */
  onSaved(): void;
}

export class AccountHost implements Account {
  stores: Stores;
  /** Until when a fault has delayed the watchdog, in milliseconds since the Unix epoch. */
  delayedUntil = 0;
  readonly #deps: AccountHostDeps;
  readonly #sql = sqlInMemory();
  #alarm: number | null = null;
  /** Incremented when the object dies. */
  #incarnation = 0;

  constructor(deps: AccountHostDeps) {
    this.#deps = deps;
    this.stores = storesIn(this.#sql);
  }

  get now(): number {
    return Math.round(this.#deps.time.date);
  }

  /** @throws if the object dies. @param onReserved called in the same turn. */
  reserve(
    place: Place,
    { places, budget }: Limits,
    onReserved: (reserved: Pick<Claim, "createdAt" | "takeBy">) => void,
  ): ReserveResult {
    return this.#turn("reserve", (stores) => {
      const { checkAt, takeBy } = placeTimes(this.now, budget);
      const result = stores.places.reserve(place, { most: places?.most ?? null, budget, checkAt });
      if (result.kind !== "reserved") return result;
      onReserved({ createdAt: result.createdAt, takeBy });
      this.#setAlarm();
      return { ...result, takeBy };
    });
  }

  /** @throws if the object dies. @param onReleased called in the same turn. */
  release(place: Position, onReleased: () => void): void {
    this.#turn("release", ({ places }) => {
      onReleased();
      places.release(place);
    });
  }

  report(summary: Summary): boolean {
    const { time, faults } = this.#deps;
    const isLate = faults.strikes("report arrives late", 0.1);
    if (isLate || faults.strikes("report arrives twice", 0.2)) {
      time.after(faults.between(0, 300_000), () => void this.#take(summary));
    }
    return !isLate && this.#take(summary);
  }

  reportAttempt(delivery: Delivery, { id, createdAt }: Generation): void {
    const { id: deliveryId, createdAt: deliveredAt, event, endpointId } = delivery;
    const logged = { id: deliveryId, createdAt: deliveredAt, event, generation: { id, createdAt } };
    try {
      this.#turn("report of an attempt", ({ log }) => {
        log.put(endpointId ?? "", { ...logged, ...standingOf(delivery) }, { now: this.now, isWhole: false });
      });
    } catch (cause) {
      neverUnless(cause instanceof Died, cause);
    }
  }

  heard(id: string): Heard | null {
    const page = this.stores.index.list({ limit: 100, after: null });
    const row = page.rows.find((each) => each.id === id);
    if (row === undefined) return null;
    const { createdAt, deliveries } = row;
    const query = "SELECT version FROM generations WHERE created_at = ? AND id = ?";
    return {
      id,
      createdAt,
      deliveries,
      version: this.#sql.exec<{ version: number }>(query, createdAt, id).one().version,
    };
  }

  watches(id: string): boolean {
    return this.#rows("SELECT 1 FROM generations WHERE id = ? AND version > 0 AND check_at IS NOT NULL", id) > 0;
  }

  holds(id: string): boolean {
    const { underWay } = this.stores.places.commitments(this.now);
    return this.stores.places.commitments(this.now, id).underWay < underWay;
  }

  /** Places that no generation has taken yet. */
  places(): Position[] {
    if (this.#rows("SELECT 1 FROM sqlite_master WHERE name = 'generations'") === 0) return [];
    const query = "SELECT id, created_at AS createdAt FROM generations WHERE version = 0";
    return this.#sql.exec<{ id: string; createdAt: number }>(query).toArray();
  }

  #rows(query: string, ...bindings: string[]): number {
    return this.#sql.exec(query, ...bindings).toArray().length;
  }

  #take(summary: Summary): boolean {
    const { onReport } = this.#deps;
    try {
      this.#turn("report", ({ index, log }) => {
        onReport(summary);
        index.put(summary);
        if (!index.isNewest(summary)) return;
        const { id, createdAt, endpointDeliveries } = summary;
        for (const each of endpointDeliveries) {
          log.put(each.endpointId, { ...each, generation: { id, createdAt } }, { now: this.now, isWhole: true });
        }
      });
      this.#turn("alarm after a report", () => {
        if (this.#alarm === null || this.#alarm > summary.checkAt) this.#setAlarm();
      });
      return true;
    } catch (cause) {
      return neverUnless(cause instanceof Died, cause);
    }
  }

  /** @throws Died if the object dies before the writes, or after them. */
  #turn<T>(name: string, work: (stores: Stores) => T): T {
    const { faults, onSaved } = this.#deps;
    if (faults.strikes(`crash before the writes of the account (${name})`, 0.03)) this.#die();
    const result = work(this.stores);
    onSaved();
    if (faults.strikes(`crash after the writes of the account (${name})`, 0.03)) this.#die();
    return result;
  }

  #die(): never {
    this.#incarnation++;
    this.stores = storesIn(this.#sql);
    this.#delay(RETRY_MS);
    throw new Died();
  }

  #delay(ms: number): void {
    this.delayedUntil = Math.max(this.delayedUntil, this.now + ms);
  }

  #setAlarm(): void {
    const first = this.stores.index.firstCheck();
    this.#alarm = first && Math.max(first, this.now + 1);
    this.#scheduleAlarm();
  }

  #scheduleAlarm(): void {
    const { time, faults } = this.#deps;
    const alarm = this.#alarm;
    if (alarm === null) return;
    const lateMs = faults.strikes("alarm of the account late", 0.05) ? faults.between(1_000, 60_000) : 0;
    if (lateMs > 0) this.#delay(Math.max(0, alarm - this.now) + lateMs);
    time.after(alarm - this.now + lateMs, () => this.#fire(alarm));
  }

  #fire(scheduledFor: number): void {
    if (this.#alarm !== scheduledFor) return;
    try {
      const due = this.#turn("alarm", ({ index }) => {
        this.#alarm = this.now + RETRY_MS;
        this.#scheduleAlarm();
        return index.overdue(this.now, CHECKS_AT_ONCE);
      });
      let left = due.length;
      const done = () => {
        if (--left <= 0) this.#turn("end of the alarm", () => this.#setAlarm());
      };
      if (left === 0) done();
      for (const place of due) this.#check(place, done);
    } catch (cause) {
      neverUnless(cause instanceof Died, cause);
      // The handler did not finish, so the platform runs it again.
      this.#deps.time.after(2_000, () => this.#fire(scheduledFor));
    }
  }

  #check(place: Overdue, done: () => void): void {
    const { time, faults, ensure } = this.#deps;
    const incarnation = this.#incarnation;
    const isDead = () => incarnation !== this.#incarnation;
    time.after(faults.between(5, 400), async () => {
      if (isDead()) return;
      const ensured = faults.strikes("check fails", 0.2) ? null : await ensure(place);
      if (ensured === null) this.#delay(RETRY_MS);
      time.after(faults.between(5, 400), () => {
        if (isDead()) return;
        try {
          this.#turn("check", ({ index }) => settleCheck(index, place, ensured, this.now));
          done();
        } catch (cause) {
          neverUnless(cause instanceof Died, cause);
        }
      });
    });
  }
}

/** Rethrows the cause unless it is expected, such as a crash of the object. */
function neverUnless(isExpected: boolean, cause: unknown): false {
  if (!isExpected) throw cause;
  return false;
}
