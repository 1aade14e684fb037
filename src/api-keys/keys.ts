// Calls to the object of the API keys, with what this isolate remembers of it.

import type { Clock } from "../clock.ts";
import type { ApiKeyList } from "../contract/api-keys.ts";
import { newApiKeyId } from "../contract/ids.ts";
import type { Json } from "../contract/json.ts";
import type { PageQuery } from "../core/cursor.ts";
import { toHex } from "../core/encoding.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { KnownKeys } from "./known-keys.ts";
import type { ApiKeysObject } from "./object.ts";
import type { ApiKeyFields, KeyCheck, KeyHolder, MakeKeyResult, StoreKeyResult } from "./results.ts";
import { isToken, isTokenForm, newToken, prefixOf } from "./token.ts";

/** API keys that are made with ADMIN_KEY, for the HTTP side. */
export interface ApiKeys {
  /** Who an API key belongs to. @param hash the key's SHA-256 in hex. */
  check(key: string, hash: string): Promise<KeyCheck>;
  /** Makes a key, which only this answer has. */
  make(fields: ApiKeyFields): Promise<MakeKeyResult>;
  /** Newest first. Null if the object does not answer. @param account null for all accounts. */
  list(account: string | null, page: PageQuery): Promise<Json<ApiKeyList> | null>;
  /** False if there is no such key, null if the object does not answer or it is not known whether there was one. */
  revoke(id: string): Promise<boolean | null>;
  /** Every account that ever had a key, at most a second late. Null if the object does not answer. */
  accounts(): Promise<readonly string[] | null>;
}

export interface ApiKeysSettings {
  /** Undefined where wrangler.toml does not bind it. Then nothing is known of any key. */
  readonly namespace: DurableObjectNamespace<ApiKeysObject> | undefined;
  readonly known: KnownKeys;
  readonly clock: Clock;
}

/** One object holds the keys of the deployment. */
const NAME = "api-keys";

const TIMEOUT_MS = 2_000;
/** A broken connection, such as during a deploy, is tried once more. */
const TRIES = 2;

export function apiKeysIn({ namespace, known, clock }: ApiKeysSettings): ApiKeys {
  /** Null if the object does not answer. */
  async function ask<T>(question: (object: DurableObjectStub<ApiKeysObject>) => Promise<T>): Promise<T | null> {
    if (namespace === undefined) return null;
    for (let left = TRIES; left > 0; left--) {
      try {
        return await withTimeout(question(namespace.getByName(NAME)), TIMEOUT_MS);
      } catch {
        // The next try has a stub of its own, because a stub stays broken.
      }
    }
    known.noteFailure(clock.now());
    return null;
  }
  return {
    async check(key, hash) {
      const now = clock.now();
      const fresh = known.fresh(hash, now);
      if (fresh !== undefined) return checkOf(fresh, now);
      if (namespace === undefined) return { kind: isTokenForm(key) ? "unavailable" : "unknown" };
      if (!(await isToken(key, tagSecret(namespace)))) return { kind: "unknown" };
      const held = known.held(hash, now);
      if (held !== null) {
        if (known.isQuiet(now)) return checkOf(held, now);
        known.noteTry(now);
      }
      const answer = await ask(async (object) => ({ holder: await object.use(hash) }));
      if (answer !== null) {
        known.remember(hash, answer.holder, now);
        return checkOf(answer.holder, now);
      }
      return held === null ? { kind: "unavailable" } : checkOf(held, now);
    },
    async make(fields) {
      if (namespace === undefined) return { kind: "unavailable" };
      const key = await newToken(fields.mode, tagSecret(namespace));
      const hash = toHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
      const id = newApiKeyId();
      const result = await ask<StoreKeyResult>(async (object) =>
        object.add({ ...fields, id, hash, prefix: prefixOf(key) }),
      );
      if (result === null) return { kind: "unavailable" };
      known.forgetAccounts();
      return result.kind === "stored" ? { kind: "made", view: { ...result.view, key } } : result;
    },
    list: (account, page) => ask(async (object) => object.list(account, page)),
    async revoke(id) {
      known.forget(id);
      let tries = 0;
      const isRevoked = await ask(async (object) => {
        tries++;
        // A try whose answer was lost may have revoked the key, so a later one cannot tell whether there was one.
        return (await object.remove(id)) || (tries === 1 ? false : null);
      });
      // The key may have been used meanwhile.
      known.forget(id);
      return isRevoked;
    },
    async accounts() {
      const now = clock.now();
      const remembered = known.accounts(now);
      // Anybody may ask, so an object that is down is not asked each time.
      if (remembered !== null || known.isQuiet(now)) return remembered;
      const names = await ask(async (object) => object.accounts());
      if (names !== null) known.rememberAccounts(names, now);
      return names;
    },
  };
}

/**
 * The id of the object: random to others, the same in each isolate, and kept for as long as the keys are. So keys stay
 * valid when the deployment's secrets are rotated.
 */
function tagSecret(namespace: DurableObjectNamespace<ApiKeysObject>): string {
  return namespace.idFromName(NAME).toString();
}

function checkOf(holder: KeyHolder | null, now: number): KeyCheck {
  if (holder === null) return { kind: "unknown" };
  const { scope, readOnly, expiresAt } = holder;
  if (expiresAt !== null && expiresAt <= now) return { kind: "expired" };
  return { kind: "valid", scope, readOnly };
}
