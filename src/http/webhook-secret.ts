// What a receiver verifies callbacks with: the scope's secret, and its public keys at an address that only those know who
// were told.

import { type Context, Hono } from "hono";
import { toHex } from "../core/encoding.ts";
import type { Scope } from "../core/scope.ts";
import { activeValues, type Rotating } from "../core/webhooks/rotation.ts";
import { deriveKey } from "../derived-keys.ts";
import { formatPublicKey, formatSecret, scopeHmacKeys, scopeKeyPairs } from "../webhooks/signature.ts";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";
import { baseUrlOf } from "./origins.ts";
import { Problem } from "./problem.ts";

const KEYS_PATH = "/.well-known/webhook-keys";

export function webhookSecretRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/v1/webhook-secret", async (c) => {
    return answerKeys(c, await c.get("gateways").webhookEndpoints.rotation(c.get("scope")));
  });
  routes.all("/v1/webhook-secret", methodNotAllowed("GET"));

  routes.post("/v1/webhook-secret/rotate", async (c) => {
    return answerKeys(c, await c.get("gateways").webhookEndpoints.rotateSecret(c.get("scope")));
  });
  routes.all("/v1/webhook-secret/rotate", methodNotAllowed("POST"));

  routes.get(`${KEYS_PATH}/:address`, async (c) => {
    const scope = await scopeAt(c, c.req.param("address"));
    if (scope === null) throw new Problem("not_found", "There are no webhook keys here.");
    const { webhookEndpoints, clock } = c.get("gateways");
    const rotations = activeValues(await webhookEndpoints.rotation(scope), clock.now());
    const pairs = await scopeKeyPairs({ secrets: c.get("config").signingSecrets, scope }, rotations);
    return c.json({ object: "webhook_keys", public_keys: pairs.map(formatPublicKey) });
  });
  routes.all(`${KEYS_PATH}/:address`, methodNotAllowed("GET"));
  return routes;
}

/** The newest of each. The address follows the newest master secret and no rotation: who asks there learns of each of those. */
async function answerKeys(c: Context<AppEnv>, { current }: Rotating<number>): Promise<Response> {
  const { signingSecrets: secrets } = c.get("config");
  const own = { secrets, scope: c.get("scope") };
  const [[key], [pair]] = await Promise.all([scopeHmacKeys(own, [current]), scopeKeyPairs(own, [current])]);
  const [newest] = secrets;
  if (key === undefined || pair === undefined || newest === undefined) {
    throw new Error("requireConfig let a missing SIGNING_SECRET through");
  }
  const publicKeyUrl = `${baseUrlOf(c)}${KEYS_PATH}/${await addressOf(newest, own.scope)}`;
  return c.json({ secret: formatSecret(key), public_key: formatPublicKey(pair), public_key_url: publicKeyUrl });
}

/** 256 bits that nobody can guess and nothing needs to store. */
async function addressOf(secret: string, scope: Scope): Promise<string> {
  return toHex(await deriveKey(secret, "webhook-key-address", scope));
}

/** Addresses of older master secrets stay good as long as those are listed. */
async function scopeAt(c: Context<AppEnv>, address: string): Promise<Scope | null> {
  const { apiKeys, signingSecrets } = c.get("config");
  if (!/^[0-9a-f]{64}$/.test(address)) return null;
  const accounts = [...new Set(apiKeys.map(({ account }) => account))];
  const scopes = accounts.flatMap((account) => (["live", "test"] as const).map((mode): Scope => ({ account, mode })));
  for (const scope of scopes) {
    for (const secret of signingSecrets) if ((await addressOf(secret, scope)) === address) return scope;
  }
  return null;
}
