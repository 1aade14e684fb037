// The only file that names the storage keys of the catalogue's object; docs/storage.md documents them. Nothing is
// written before the first successful read.

import type { Json } from "../contract/json.ts";
import type { ModelOperation } from "../core/models/model.ts";
import type { CatalogueModel } from "./retirements.ts";

const LIST_KEY = "list";
const CONFIRMED_KEY = "confirmed";
const OPERATION_PREFIX = "operation:";

export interface StoredList {
  /** Unique to this list. */
  readonly version: string;
  readonly json: Json<readonly CatalogueModel[]>;
}

/** Where a copy comes from. */
export interface Origin {
  /** The provider's, such as `https://api.example.com`. A copy from another origin serves only until this one has been read. */
  readonly origin: string | null;
  /** The release of Reelhook that read it. Another release may read more from the same answer, so it does not send the ETag. */
  readonly release: string;
}

/** Stored apart from the list, because it changes with each read and the list rarely does. */
export interface Confirmed extends Origin {
  /** When the provider last confirmed the list, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly etag: string | null;
  readonly retirementsEtag: string | null;
}

export interface StoredOperation extends Origin {
  readonly version: string;
  readonly json: Json<ModelOperation>;
  readonly at: number;
  readonly etag: string | null;
  /** Path and query of the document that it was read from, which the ETag belongs to. */
  readonly document: string;
}

export class CatalogueStore {
  readonly #kv: SyncKvStorage;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
  }

  list(): StoredList | null {
    return this.#kv.get<StoredList>(LIST_KEY) ?? null;
  }

  putList(list: StoredList): void {
    this.#kv.put(LIST_KEY, list);
  }

  confirmed(): Confirmed | null {
    return this.#kv.get<Confirmed>(CONFIRMED_KEY) ?? null;
  }

  putConfirmed(confirmed: Confirmed): void {
    this.#kv.put(CONFIRMED_KEY, confirmed);
  }

  operation(id: string): StoredOperation | null {
    return this.#kv.get<StoredOperation>(OPERATION_PREFIX + id) ?? null;
  }

  putOperation(id: string, operation: StoredOperation): void {
    this.#kv.put(OPERATION_PREFIX + id, operation);
  }

  /** Deletes the operations of all other models. */
  keepOperations(ids: ReadonlySet<string>): void {
    const keys = Array.from(this.#kv.list({ prefix: OPERATION_PREFIX }), ([key]) => key);
    for (const key of keys) if (!ids.has(key.slice(OPERATION_PREFIX.length))) this.#kv.delete(key);
  }
}
