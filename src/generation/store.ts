// Alone names what is stored in a generation's object; docs/storage.md describes it for people. Reads and writes are
// synchronous: what is written between two awaits becomes durable together, and before anything leaves the object.

import type { Life } from "../core/generation/life.ts";
import type { Generation } from "../core/generation/record.ts";
import type { Delivery } from "../core/webhooks/delivery.ts";
import type { EventType } from "../core/webhooks/events.ts";
import { upgraded, upgradedDelivery } from "./upgrade.ts";

const GENERATION_KEY = "generation";
const DELIVERY_PREFIX = "delivery:";
const EVENT_PREFIX = "event:";

/** What one step writes, all or nothing. */
export interface Changes {
  readonly generation?: Generation;
  readonly deliveries?: readonly Delivery[];
  /** Bodies of events that have just happened: frozen, the same for every attempt. */
  readonly bodies?: ReadonlyMap<EventType, string>;
}

export interface LifeStore {
  load(): Life | null;
  save(changes: Changes): void;
  /** Takes a change that a crash may undo: it is written with the next one that must be, or by `flush`. */
  hold(generation: Generation): void;
  flush(): void;
  eventBody(type: EventType): string | null;
  /** Drops all deliveries and event bodies. */
  dropDeliveries(): void;
  /** Empties the object, as if it had never been. */
  clear(): void;
}

export class GenerationStore implements LifeStore {
  readonly #storage: Pick<DurableObjectStorage, "kv" | "deleteAll">;
  readonly #kv: SyncKvStorage;
  /** What is stored, read once in the life of this object, beside which nobody writes; undefined before that. */
  #life: Life | null | undefined;
  /** Whether that generation is newer than what is stored. */
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

  save({ generation, deliveries = [], bodies = new Map() }: Changes): void {
    const before = this.load();
    const written = generation ?? (this.#isHeld ? before?.generation : undefined);
    this.#forget();
    if (written !== undefined) this.#kv.put(GENERATION_KEY, written);
    for (const [type, body] of bodies) this.#kv.put(EVENT_PREFIX + type, body);
    for (const delivery of deliveries) this.#kv.put(DELIVERY_PREFIX + delivery.id, delivery);
    const present = written ?? before?.generation;
    if (present === undefined) return;
    const changed = new Map([...(before?.deliveries ?? []), ...deliveries].map((delivery) => [delivery.id, delivery]));
    this.#life = { generation: present, deliveries: [...changed.values()] };
  }

  hold(generation: Generation): void {
    this.#life = { generation, deliveries: this.load()?.deliveries ?? [] };
    this.#isHeld = true;
  }

  flush(): void {
    if (this.#isHeld) this.save({});
  }

  /** Should a write fail, what is stored is to be read again. */
  #forget(): void {
    this.#life = undefined;
    this.#isHeld = false;
  }

  eventBody(type: EventType): string | null {
    return this.#kv.get<string>(EVENT_PREFIX + type) ?? null;
  }

  dropDeliveries(): void {
    this.#forget();
    for (const prefix of [DELIVERY_PREFIX, EVENT_PREFIX]) {
      for (const [key] of [...this.#kv.list({ prefix })]) this.#kv.delete(key);
    }
  }

  clear(): void {
    this.#forget();
    // The alarm goes with it.
    void this.#storage.deleteAll();
  }
}
