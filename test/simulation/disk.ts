// What a generation's object has on disk. Values are never changed in place, so a snapshot is two shallow copies.

import type { Life } from "../../src/core/generation/life.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { Delivery } from "../../src/core/webhooks/delivery.ts";
import type { EventType } from "../../src/core/webhooks/events.ts";
import type { Changes, LifeStore } from "../../src/generation/store.ts";

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
  /** Not on disk yet: gone with whoever holds it. */
  #held: Generation | null = null;
  /** Deliveries that retention did away with and that were not settled before that step. */
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

  hold(generation: Generation): void {
    this.#held = generation;
  }

  flush(): void {
    if (this.#held !== null) this.save({});
  }

  /** What its holder loses when it dies. */
  lose(): void {
    this.#held = null;
  }

  save({ generation = this.#held ?? undefined, deliveries = [], bodies = new Map() }: Changes): void {
    this.#held = null;
    if (generation !== undefined) this.generation = generation;
    for (const [type, body] of bodies) this.bodies.set(type, body);
    for (const delivery of deliveries) this.deliveries.set(delivery.id, delivery);
  }

  eventBody(type: EventType): string | null {
    return this.bodies.get(type) ?? null;
  }

  dropDeliveries(): void {
    const pending = [...this.deliveries.values()].filter(({ nextAttemptAt }) => nextAttemptAt !== null);
    if (this.generation?.deletedBy === "retention") this.droppedPending.push(...pending);
    this.deliveries.clear();
    this.bodies.clear();
  }

  clear(): void {
    this.restore({ generation: null, deliveries: new Map(), bodies: new Map(), alarm: null });
  }
}
