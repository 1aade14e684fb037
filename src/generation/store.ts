// The only file that names the storage keys of a generation's object; docs/storage.md documents them. Reads and writes
// are synchronous: everything written between two awaits becomes durable together, before anything leaves the object.

import type { EventType } from "../contract/words.ts";
import type { Changes } from "../core/generation/changes.ts";
import type { Life } from "../core/generation/life.ts";
import type { Generation } from "../core/generation/record.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import { upgraded, upgradedDelivery } from "./upgrade.ts";

const GENERATION_KEY = "generation";
const DELIVERY_PREFIX = "delivery:";
const EVENT_PREFIX = "event:";

export interface LifeStore {
  /** Returns null if there is no generation. */
  load(): Life | null;
  /**
   * Writes the changes of a step, all or nothing.
   *
   * @param life the life after the step.
   */
  commit(life: Life | null, changes: Changes): void;
  eventBody(type: EventType): string | null;
}

export class GenerationStore implements LifeStore {
  readonly #storage: Pick<DurableObjectStorage, "kv" | "deleteAll">;
  readonly #kv: SyncKvStorage;
  /** The stored life, cached because only this object writes it. Undefined: must be read from storage. */
  #life: Life | null | undefined;
  /** Whether the cached record is newer than the stored one. */
  #isHeld = false;

  constructor(storage: Pick<DurableObjectStorage, "kv" | "deleteAll">) {
    this.#storage = storage;
    this.#kv = storage.kv;
  }

  load(): Life | null {
    if (this.#life === undefined) this.#life = this.#read();
    return this.#life;
  }

  #read(): Life | null {
    const generation = this.#kv.get<Generation>(GENERATION_KEY);
    if (generation === undefined) return null;
    const deliveries = Array.from(this.#kv.list<Delivery>({ prefix: DELIVERY_PREFIX }), ([, delivery]) => delivery);
    return { generation: upgraded(generation), deliveries: deliveries.map(upgradedDelivery) };
  }

  commit(life: Life | null, { generation, deliveries, bodies, deletes, mayWait }: Changes): void {
    // What may wait only briefly is written before nothing follows.
    const isHeld = mayWait === "forever" ? generation === null || !this.#isHeld : mayWait === "briefly";
    if (isHeld) {
      // The account's acknowledgment of a report is written with the next change, if at all, which saves about four
      // rows per generation.
      this.#isHeld ||= generation !== null;
      this.#life = life;
      return;
    }
    const record = this.#isHeld ? (life?.generation ?? null) : generation;
    // If a write fails, the next load must read storage again.
    this.#life = undefined;
    this.#isHeld = false;
    // `deleteAll` also deletes the alarm.
    if (deletes === "everything") void this.#storage.deleteAll();
    if (record !== null) this.#kv.put(GENERATION_KEY, record);
    if (deletes === "deliveries") this.#deleteDeliveries();
    for (const [type, body] of bodies) this.#kv.put(EVENT_PREFIX + type, body);
    for (const delivery of deliveries) this.#kv.put(DELIVERY_PREFIX + delivery.id, delivery);
    this.#life = life;
  }

  #deleteDeliveries(): void {
    for (const prefix of [DELIVERY_PREFIX, EVENT_PREFIX]) {
      for (const [key] of [...this.#kv.list({ prefix })]) this.#kv.delete(key);
    }
  }

  eventBody(type: EventType): string | null {
    return this.#kv.get<string>(EVENT_PREFIX + type) ?? null;
  }
}
