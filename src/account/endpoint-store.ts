// The only file that names the storage keys of a scope's webhooks; docs/storage.md documents them. Endpoints are few
// and needed for every event, so they are read once and cached. Only this object changes them.

import type { Endpoint } from "../core/webhooks/endpoint.ts";
import { type Rotating, unrotated } from "../core/webhooks/rotation.ts";
import type { Recovery } from "./recovery.ts";

const ENDPOINT_PREFIX = "endpoint:";
const RECOVERY_PREFIX = "recovery:";
const ROTATION_KEY = "rotation";

export class EndpointStore {
  readonly #kv: SyncKvStorage;
  #endpoints: Map<string, Endpoint> | null = null;
  #rotation: Rotating<number> | null = null;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
  }

  get #all(): Map<string, Endpoint> {
    if (this.#endpoints === null) {
      const rows = Array.from(this.#kv.list<Endpoint>({ prefix: ENDPOINT_PREFIX }), ([, endpoint]) => endpoint);
      this.#endpoints = new Map(rows.map((endpoint) => [endpoint.id, endpoint]));
    }
    return this.#endpoints;
  }

  /** Oldest first. */
  list(): Endpoint[] {
    return [...this.#all.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  get(id: string): Endpoint | null {
    return this.#all.get(id) ?? null;
  }

  put(endpoint: Endpoint): void {
    this.#kv.put(ENDPOINT_PREFIX + endpoint.id, endpoint);
    this.#all.set(endpoint.id, endpoint);
  }

  delete(id: string): boolean {
    this.#kv.delete(ENDPOINT_PREFIX + id);
    this.#kv.delete(RECOVERY_PREFIX + id);
    return this.#all.delete(id);
  }

  /** Rotation state of the scope's own secret. Rotations count from 0. */
  get rotation(): Rotating<number> {
    this.#rotation ??= this.#kv.get<Rotating<number>>(ROTATION_KEY) ?? unrotated(0);
    return this.#rotation;
  }

  set rotation(rotation: Rotating<number>) {
    this.#kv.put(ROTATION_KEY, rotation);
    this.#rotation = rotation;
  }

  recoveries(): Recovery[] {
    return Array.from(this.#kv.list<Recovery>({ prefix: RECOVERY_PREFIX }), ([, recovery]) => recovery);
  }

  putRecovery(recovery: Recovery): void {
    this.#kv.put(RECOVERY_PREFIX + recovery.endpointId, recovery);
  }

  deleteRecovery({ endpointId }: Pick<Recovery, "endpointId">): void {
    this.#kv.delete(RECOVERY_PREFIX + endpointId);
  }
}
