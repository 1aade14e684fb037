// The only file that names the storage keys of a scope's webhooks; docs/storage.md documents them. Endpoints are few
// and needed for every event, so they are read once and cached. Only this object changes them.

import type { Endpoint } from "../core/webhooks/endpoint.ts";
import { type Rotating, unrotated } from "../core/webhooks/rotation.ts";
import { urlIdentity } from "../core/webhooks/url-identity.ts";
import { type Recovery, type StoredRecovery, upgradedRecovery } from "./recovery.ts";

const ENDPOINT_PREFIX = "endpoint:";
const RECOVERY_PREFIX = "recovery:";
/** Followed by the id of a deleted endpoint whose log is still being deleted. */
const ERASURE_PREFIX = "erasure:";
const ROTATION_KEY = "rotation";

export class EndpointStore {
  readonly #kv: SyncKvStorage;
  #endpoints: Map<string, Endpoint> | null = null;
  /** Ids by the identity of the URL, oldest endpoint first. Null until needed, and after a URL has changed. */
  #idsByUrl: Map<string, string[]> | null = null;
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

  /** Endpoints with this URL, in any spelling. Oldest first. */
  at(url: string): Endpoint[] {
    if (this.#idsByUrl === null) {
      this.#idsByUrl = new Map();
      for (const { id, url } of this.list()) {
        const identity = urlIdentity(url);
        this.#idsByUrl.set(identity, [...(this.#idsByUrl.get(identity) ?? []), id]);
      }
    }
    return (this.#idsByUrl.get(urlIdentity(url)) ?? []).flatMap((id) => this.get(id) ?? []);
  }

  get(id: string): Endpoint | null {
    return this.#all.get(id) ?? null;
  }

  put(endpoint: Endpoint): void {
    if (endpoint.url !== this.get(endpoint.id)?.url) this.#idsByUrl = null;
    this.#kv.put(ENDPOINT_PREFIX + endpoint.id, endpoint);
    this.#all.set(endpoint.id, endpoint);
  }

  delete(id: string): boolean {
    this.#kv.delete(ENDPOINT_PREFIX + id);
    if (this.#allRecoveries.delete(id)) this.#kv.delete(RECOVERY_PREFIX + id);
    this.#idsByUrl = null;
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
