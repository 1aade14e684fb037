// The stores of an account's object that share its SQL tables.

import { DeliveryLog } from "./delivery-log.ts";
import { IndexStore } from "./index-store.ts";
import { type Overview, overviewIn } from "./overview.ts";
import { PlaceStore } from "./place-store.ts";
import { Tables } from "./tables.ts";
import { UsageStore } from "./usage-store.ts";

/** The stores of one account. */
export interface Stores {
  readonly index: IndexStore;
  readonly places: PlaceStore;
  readonly usage: UsageStore;
  readonly log: DeliveryLog;
  /** The counts since this time, in milliseconds since the Unix epoch. */
  readonly overview: (since: number) => Overview;
}

/** The stores in this database. Creates no tables yet. */
export function storesIn(sql: SqlStorage): Stores {
  const tables = new Tables(sql);
  const usage = new UsageStore(tables);
  const places = new PlaceStore(tables, usage);
  const overview = (since: number) => overviewIn(tables, since);
  return { index: new IndexStore(tables, places, usage), places, usage, log: new DeliveryLog(tables), overview };
}
