// Authentication: finds the account and mode of a request by its API key. Only ADMIN_KEY manages API keys, and it does
// nothing else.

import type { Context, MiddlewareHandler } from "hono";
import type { KeyCheck } from "../api-keys/results.ts";
import type { Config } from "../config.ts";
import { toHex } from "../core/encoding.ts";
import type { AppEnv } from "./app-env.ts";
import { configuredScope, sha256 } from "./configured-keys.ts";
import { Problem, unavailable } from "./problem.ts";
import { limitAddress } from "./rate-limit.ts";

interface Token {
  readonly text: string;
  readonly hash: ArrayBuffer;
}

export function authenticated(): MiddlewareHandler<AppEnv> {
  return async function authenticated(c, next) {
    const token = await tokenOf(c);
    if (token === null) return refuse(c, "Send an API key as `Authorization: Bearer <key>`.");
    if (await isAdminKey(c, token))
      return refuse(c, "ADMIN_KEY only makes, lists and revokes API keys. Send an API key.");
    const check = await checkOf(c, token);
    if (check.kind === "unknown") return refuse(c, "Unknown API key.");
    if (check.kind === "expired") return refuse(c, "This API key has expired.");
    if (check.kind === "unavailable") throw unavailable("This API key cannot be checked now.");
    c.set("scope", check.scope);
    c.set("isReadOnly", check.readOnly);
    c.set("keyId", keyIdOf(token));
    await next();
  };
}

/** For `/v1/api-keys`. */
export function administrator(): MiddlewareHandler<AppEnv> {
  return async function administrator(c, next) {
    if (c.get("config").adminKey === null) return refuse(c, "ADMIN_KEY, which manages API keys, is not set here.");
    const token = await tokenOf(c);
    if (token === null) return refuse(c, "Send ADMIN_KEY as `Authorization: Bearer <key>`.");
    if (!(await isAdminKey(c, token))) return refuse(c, "This key is not ADMIN_KEY.");
    c.set("keyId", keyIdOf(token));
    await next();
  };
}

async function tokenOf(c: Context<AppEnv>): Promise<Token | null> {
  const text = /^Bearer +(\S+)$/i.exec(c.req.header("authorization")?.trim() ?? "")?.[1];
  return text === undefined ? null : { text, hash: await sha256(text) };
}

/** Identifies a key without revealing it. */
function keyIdOf({ hash }: Token): string {
  return toHex(hash).slice(0, 32);
}

/** Compares by hash and in constant time, so that timing reveals nothing about the key. */
async function isAdminKey(c: Context<AppEnv>, { hash }: Token): Promise<boolean> {
  const config = c.get("config");
  if (config.adminKey === null) return false;
  const known = adminHashes.get(config) ?? (await sha256(config.adminKey));
  adminHashes.set(config, known);
  return crypto.subtle.timingSafeEqual(hash, known);
}

const adminHashes = new WeakMap<Config, ArrayBuffer>();

async function checkOf(c: Context<AppEnv>, { text, hash }: Token): Promise<KeyCheck> {
  const scope = await configuredScope(text, hash, c.get("config").apiKeys);
  if (scope !== null) return { kind: "valid", scope, readOnly: false };
  const { apiKeys } = c.get("gateways");
  const check = () => apiKeys.check(text, toHex(hash));
  c.set("isStillValid", async () => (await check()).kind === "valid");
  return check();
}

/** Only failures count against the address, so a valid key works even while the address is over its limit. */
async function refuse(c: Context<AppEnv>, detail: string): Promise<never> {
  await limitAddress(c);
  throw new Problem("unauthorized", detail, {}, { "www-authenticate": "Bearer" });
}
