// The only file that names the storage keys of a scope's webhooks; docs/storage.md documents them. Endpoints are few
// and needed for every event, so they are read once and cached. Only this object changes them.

import type { Endpoint } from "../core/webhooks/endpoint.ts";
import { type Rotating, unrotated } from "../core/webhooks/rotation.ts";
import { type Recovery, type StoredRecovery, upgradedRecovery } from "./recovery.ts";

const ENDPOINT_PREFIX = "endpoint:";
const RECOVERY_PREFIX = "recovery:";
/** Followed by the id of a deleted endpoint whose log is still being deleted. */
const ERASURE_PREFIX = "erasure:";
const ROTATION_KEY = "rotation";

export class EndpointStore {
  readonly #kv: SyncKvStorage;
  #endpoints: Map<string, Endpoint> | null = null;
  #recoveries: Map<string, Recovery> | null = null;
  #erasures: Set<string> | null = null;
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
    if (this.#allRecoveries.delete(id)) this.#kv.delete(RECOVERY_PREFIX + id);
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

  get #allRecoveries(): Map<string, Recovery> {
    if (this.#recoveries === null) {
      const rows = Array.from(this.#kv.list<StoredRecovery>({ prefix: RECOVERY_PREFIX }), ([, stored]) => stored);
      this.#recoveries = new Map(rows.map((stored) => [stored.endpointId, upgradedRecovery(stored)]));
    }
    return this.#recoveries;
  }

  /** The last one of each endpoint. */
  recoveries(): Recovery[] {
    return [...this.#allRecoveries.values()];
  }

  recovery(endpointId: string): Recovery | null {
    return this.#allRecoveries.get(endpointId) ?? null;
  }

  putRecovery(recovery: Recovery): void {
    this.#kv.put(RECOVERY_PREFIX + recovery.endpointId, recovery);
    this.#allRecoveries.set(recovery.endpointId, recovery);
  }

  /** Ids of deleted endpoints whose logs are still being deleted. */
  get erasures(): ReadonlySet<string> {
    return this.#allErasures;
  }

  get #allErasures(): Set<string> {
    this.#erasures ??= new Set(
      Array.from(this.#kv.list({ prefix: ERASURE_PREFIX }), ([key]) => key.slice(ERASURE_PREFIX.length)),
    );
    return this.#erasures;
  }

  addErasure(endpointId: string): void {
    this.#kv.put(ERASURE_PREFIX + endpointId, true);
    this.#allErasures.add(endpointId);
  }

  deleteErasure(endpointId: string): void {
    this.#kv.delete(ERASURE_PREFIX + endpointId);
    this.#allErasures.delete(endpointId);
  }
}
