// Authentication: finds the account and mode of a request by its API key.

import type { MiddlewareHandler } from "hono";
import type { ApiKeyEntry } from "../config.ts";
import { toHex } from "../core/encoding.ts";
import type { Scope } from "../core/scope.ts";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";
import { limitAddress } from "./rate-limit.ts";

/** API keys with this prefix work in test mode, all others in live mode. */
const TEST_PREFIX = "rh_test_";

export function authenticated(): MiddlewareHandler<AppEnv> {
  return async function authenticated(c, next) {
    const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization")?.trim() ?? "")?.[1];
    const hash = await sha256(token ?? "");
    const scope = token === undefined ? null : await scopeOf(token, hash, c.get("config").apiKeys);
    if (scope === null) {
      // Only failures count against the address, so a valid key works even while the address is over its limit.
      await limitAddress(c);
      const detail = token === undefined ? "Send an API key as `Authorization: Bearer <key>`." : "Unknown API key.";
      throw new Problem("unauthorized", detail, {}, { "www-authenticate": "Bearer" });
    }
    c.set("scope", scope);
    c.set("keyId", toHex(hash).slice(0, 32));
    await next();
  };
}

interface HashedKey {
  readonly account: string;
  readonly hash: ArrayBuffer;
}

/** Caches hashes, not promises: in Workers, one request cannot await a promise of another. */
const hashedKeys = new WeakMap<readonly ApiKeyEntry[], readonly HashedKey[]>();

/** Compares with every key, by hash and in constant time, so that timing reveals nothing about any key. */
async function scopeOf(token: string, given: ArrayBuffer, apiKeys: readonly ApiKeyEntry[]): Promise<Scope | null> {
  let known = hashedKeys.get(apiKeys);
  if (known === undefined) {
    known = await Promise.all(apiKeys.map(hashed));
    hashedKeys.set(apiKeys, known);
  }
  const accounts = new Set<string>();
  for (const key of known) {
    if (crypto.subtle.timingSafeEqual(given, key.hash)) accounts.add(key.account);
  }
  // One account may list a key in plain text and another its hash. A key of two accounts opens neither.
  const [account] = accounts.size === 1 ? accounts : [];
  return account === undefined ? null : { account, mode: token.startsWith(TEST_PREFIX) ? "test" : "live" };
}

async function hashed(entry: ApiKeyEntry): Promise<HashedKey> {
  const hash = "key" in entry ? await sha256(entry.key) : fromHex(entry.sha256);
  return { account: entry.account, hash };
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

function fromHex(text: string): ArrayBuffer {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}
