// The storage of a generation's object. Values are immutable, so a snapshot only copies the two maps.

import type { EventType } from "../../src/contract/words.ts";
import type { Changes } from "../../src/core/generation/changes.ts";
import type { Life } from "../../src/core/generation/life.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { Delivery } from "../../src/core/webhooks/delivery.ts";
import type { LifeStore } from "../../src/generation/store.ts";

export interface DiskImage {
  readonly generation: Generation | null;
  readonly deliveries: ReadonlyMap<string, Delivery>;
  readonly bodies: ReadonlyMap<EventType, string>;
  readonly alarm: number | null;
}

export class Disk implements LifeStore {
  generation: Generation | null = null;
  deliveries = new Map<string, Delivery>();
  bodies = new Map<EventType, string>();
  alarm: number | null = null;
  /** A change that is only in memory: a crash loses it. */
  #held: Generation | null = null;
  /** Deliveries that were still pending on disk when retention deleted them. */
  readonly droppedPending: Delivery[] = [];

  image(): DiskImage {
    const { generation, alarm } = this;
    return { generation, deliveries: new Map(this.deliveries), bodies: new Map(this.bodies), alarm };
  }

  restore({ generation, deliveries, bodies, alarm }: DiskImage): void {
    this.#held = null;
    this.generation = generation;
    this.deliveries = new Map(deliveries);
    this.bodies = new Map(bodies);
    this.alarm = alarm;
  }

  load(): Life | null {
    const generation = this.#held ?? this.generation;
    return generation && { generation, deliveries: [...this.deliveries.values()] };
  }

  /** Drops the change that is only in memory, as a crash does. */
  lose(): void {
    this.#held = null;
  }

  commit(_: Life | null, { generation, deliveries, bodies, deletes, mayWait }: Changes): void {
    if (deletes === "everything") {
      this.restore({ generation: null, deliveries: new Map(), bodies: new Map(), alarm: null });
      return;
    }
    if (mayWait === "forever" ? generation === null || this.#held === null : mayWait === "briefly") {
      this.#held = generation ?? this.#held;
      return;
    }
    this.generation = generation ?? this.#held ?? this.generation;
    this.#held = null;
    if (deletes === "deliveries") this.#deleteDeliveries();
    this.put(deliveries, bodies);
  }

  /** Stores deliveries and event bodies. Tests also use it for deliveries that no step created. */
  put(deliveries: readonly Delivery[], bodies: ReadonlyMap<EventType, string>): void {
    for (const [type, body] of bodies) this.bodies.set(type, body);
    for (const delivery of deliveries) this.deliveries.set(delivery.id, delivery);
  }

  eventBody(type: EventType): string | null {
    return this.bodies.get(type) ?? null;
  }

  #deleteDeliveries(): void {
    const pending = [...this.deliveries.values()].filter(({ nextAttemptAt }) => nextAttemptAt !== null);
    if (this.generation?.deletedBy === "retention") this.droppedPending.push(...pending);
    this.deliveries.clear();
    this.bodies.clear();
  }
}
