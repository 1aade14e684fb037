// The API keys in the setting API_KEYS.

import type { ApiKeyEntry } from "../core/api-keys.ts";
import type { Scope } from "../core/scope.ts";

/** API keys with this prefix work in test mode, all others in live mode. */
const TEST_PREFIX = "rh_test_";

interface HashedKey {
  readonly account: string;
  readonly hash: ArrayBuffer;
}

/** Caches hashes, not promises: in Workers, one request cannot await a promise of another. */
const hashedKeys = new WeakMap<readonly ApiKeyEntry[], readonly HashedKey[]>();

/**
 * Who the key belongs to; null if API_KEYS does not list it. Compares with every key, by hash and in constant time, so
 * that timing reveals nothing about any key.
 *
 * @param hash SHA-256 of the key.
 */
export async function configuredScope(
  key: string,
  hash: ArrayBuffer,
  apiKeys: readonly ApiKeyEntry[],
): Promise<Scope | null> {
  let known = hashedKeys.get(apiKeys);
  if (known === undefined) {
    known = await Promise.all(apiKeys.map(hashed));
    hashedKeys.set(apiKeys, known);
  }
  const accounts = new Set<string>();
  for (const each of known) {
    if (crypto.subtle.timingSafeEqual(hash, each.hash)) accounts.add(each.account);
  }
  // One account may list a key in plain text and another its hash. A key of two accounts opens neither.
  const [account] = accounts.size === 1 ? accounts : [];
  return account === undefined ? null : { account, mode: key.startsWith(TEST_PREFIX) ? "test" : "live" };
}

async function hashed(entry: ApiKeyEntry): Promise<HashedKey> {
  const hash = "key" in entry ? await sha256(entry.key) : fromHex(entry.sha256);
  return { account: entry.account, hash };
}

export function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

function fromHex(text: string): ArrayBuffer {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}
