// The Durable Object of the API keys that are made with ADMIN_KEY, one for the whole deployment. It knows the keys by
// their hashes only. The isolates ask it at most once a minute for each key (keys.ts).

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import type { ApiKeyList, ApiKeyView } from "../contract/api-keys.ts";
import { type Json, toJson } from "../contract/json.ts";
import { type PageQuery, writeCursor } from "../core/cursor.ts";
import { type Day, dateOf, dayOf } from "../core/money/days.ts";
import { iso, isoOrNull } from "../core/times.ts";
import type { HashedApiKey, KeyHolder, StoreKeyResult } from "./results.ts";
import { ApiKeyStore, type StoredApiKey } from "./store.ts";

/** Of one account, in both modes. */
export const MAX_KEYS = 200;

export interface ApiKeysDeps {
  readonly clock: Clock;
}

export class ApiKeysObject extends DurableObject<unknown> {
  readonly #clock: Clock;
  readonly #store: ApiKeyStore;

  constructor(ctx: DurableObjectState, env: unknown, { clock }: ApiKeysDeps) {
    super(ctx, env);
    this.#clock = clock;
    this.#store = new ApiKeyStore(ctx.storage.sql);
  }

  /** Idempotent. If the account has {@link MAX_KEYS} keys, the one that expired first makes room. */
  add(key: HashedApiKey): StoreKeyResult {
    const existing = this.#store.withHash(key.hash);
    if (existing !== null) return { kind: "stored", view: viewOf(existing) };
    const now = this.#clock.now();
    if (this.#store.count(key.account) >= MAX_KEYS) {
      const expired = this.#store.longestExpired(key.account, now);
      if (expired === null) return { kind: "limit_reached", limit: MAX_KEYS };
      this.#store.delete(expired.id);
    }
    const stored = { ...key, createdAt: now, lastUsedDay: null };
    this.#store.put(stored);
    return { kind: "stored", view: viewOf(stored) };
  }

  /** Who the key belongs to, and notes the day of its use. Null if there is no such key. @param hash SHA-256 in hex. */
  use(hash: string): KeyHolder | null {
    const key = this.#store.withHash(hash);
    if (key === null) return null;
    const now = this.#clock.now();
    const isExpired = key.expiresAt !== null && key.expiresAt <= now;
    if (!isExpired && key.lastUsedDay !== dayOf(now)) this.#noteUse(key.id, dayOf(now));
    const { id, account, mode, readOnly, expiresAt } = key;
    return { id, scope: { account, mode }, readOnly, expiresAt };
  }

  #noteUse(id: string, day: Day): void {
    try {
      this.#store.setLastUsed(id, day);
    } catch {
      // A key stays valid while nothing can be written, such as when the storage is full.
    }
  }

  /** Newest first. @param account null for all accounts. */
  list(account: string | null, { limit, after }: PageQuery): Json<ApiKeyList> {
    const found = this.#store.list(account, after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const hasMore = found.length > limit;
    return toJson({
      object: "list",
      data: page.map(viewOf),
      has_more: hasMore,
      next_cursor: hasMore && last !== undefined ? writeCursor(last) : null,
    });
  }

  /** False if there is no such key. */
  remove(id: string): boolean {
    return this.#store.delete(id);
  }

  /** Every account that ever had a key, in order of the name. */
  accounts(): string[] {
    return this.#store.accounts();
  }
}

function viewOf(key: StoredApiKey): ApiKeyView {
  const { id, account, mode, name, prefix, readOnly, createdAt, expiresAt, lastUsedDay } = key;
  return {
    id,
    object: "api_key",
    account,
    mode,
    name,
    prefix,
    read_only: readOnly,
    created_at: iso(createdAt),
    expires_at: isoOrNull(expiresAt),
    last_used_on: lastUsedDay === null ? null : dateOf(lastUsedDay),
  };
}
