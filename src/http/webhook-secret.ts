// What receivers verify webhooks with: the scope's signing secret, and its public keys at an unguessable address.

import type { Context } from "hono";
import type { Config } from "../config.ts";
import type { WebhookSecret } from "../contract/webhook-endpoints.ts";
import { MODES } from "../contract/words.ts";
import { toHex } from "../core/encoding.ts";
import type { Scope } from "../core/scope.ts";
import { activeValues, type Rotating } from "../core/webhooks/rotation.ts";
import { deriveKey } from "../derived-keys.ts";
import { formatPublicKey, formatSecret, scopeHmacKeys, scopeKeyPairs } from "../webhooks/signature.ts";
import type { AppEnv } from "./app-env.ts";
import { baseUrlOf } from "./origins.ts";
import { Problem, unavailable } from "./problem.ts";
import { pathParameter, route } from "./route.ts";

const KEYS_PATH = "/.well-known/webhook-keys";

const getWebhookSecret = route({ method: "get", path: "/v1/webhook-secret", isSecret: true }, async (c) =>
  sendKeys(c, await c.get("gateways").webhookEndpoints.rotation(c.get("scope"))),
);

const rotateWebhookSecret = route({ method: "post", path: "/v1/webhook-secret/rotate" }, async (c) =>
  sendKeys(c, await c.get("gateways").webhookEndpoints.rotateSecret(c.get("scope"))),
);

const getWebhookKeys = route({ method: "get", path: `${KEYS_PATH}/{address}`, access: "public" }, async (c) => {
  const scope = await scopeAt(c, pathParameter(c, "address"));
  if (scope === null) throw new Problem("not_found", "There are no webhook keys at this address.");
  const { webhookEndpoints, clock } = c.get("gateways");
  const rotations = activeValues(await webhookEndpoints.rotation(scope), clock.now());
  const pairs = await scopeKeyPairs({ secrets: c.get("config").signingSecrets, scope }, rotations);
  return c.json({ object: "webhook_keys", public_keys: pairs.map(formatPublicKey) });
});

export const webhookSecretRoutes = [getWebhookSecret, rotateWebhookSecret, getWebhookKeys];

/** Shows the newest secret and key. The address depends on the newest master secret only, so a rotation does not change it. */
async function sendKeys(c: Context<AppEnv>, { current }: Rotating<number>): Promise<Response> {
  const { signingSecrets: secrets } = c.get("config");
  const own = { secrets, scope: c.get("scope") };
  const [[key], [pair]] = await Promise.all([scopeHmacKeys(own, [current]), scopeKeyPairs(own, [current])]);
  const [newest] = secrets;
  if (key === undefined || pair === undefined || newest === undefined) {
    throw new Error("requireConfig let a missing SIGNING_SECRET through");
  }
  const publicKeyUrl = `${baseUrlOf(c)}${KEYS_PATH}/${await addressOf(newest, own.scope)}`;
  const answer: WebhookSecret = {
    secret: formatSecret(key),
    public_key: formatPublicKey(pair),
    public_key_url: publicKeyUrl,
  };
  return c.json(answer);
}

/** 256 bits, unguessable, and derived so that nothing is stored. */
async function addressOf(secret: string, scope: Scope): Promise<string> {
  return toHex(await deriveKey(secret, "webhook-key-address", scope));
}

/** The addresses of some accounts. */
interface KnownAddresses {
  readonly accounts: Set<string>;
  readonly scopes: Map<string, Scope>;
}

/** Cached, because anyone can request an address, and deriving those of all accounts takes long. */
const knownAddresses = new WeakMap<Config, KnownAddresses>();

/** An address stays valid as long as its master secret is listed in `SIGNING_SECRET`. */
async function scopeAt(c: Context<AppEnv>, address: string): Promise<Scope | null> {
  if (!/^[0-9a-f]{64}$/.test(address)) return null;
  const config = c.get("config");
  const known = knownAddresses.get(config) ?? { accounts: new Set(), scopes: new Map() };
  knownAddresses.set(config, known);
  await addAddresses(known, config.signingSecrets, [...new Set(config.apiKeys.map(({ account }) => account))]);
  const scope = known.scopes.get(address);
  if (scope !== undefined) return scope;
  const accounts = await c.get("gateways").apiKeys.accounts();
  if (accounts === null) throw unavailable("The accounts cannot be read now.");
  await addAddresses(known, config.signingSecrets, accounts);
  return known.scopes.get(address) ?? null;
}

async function addAddresses(
  { accounts: done, scopes }: KnownAddresses,
  secrets: readonly string[],
  accounts: readonly string[],
): Promise<void> {
  const added = accounts
    .filter((account) => !done.has(account))
    .flatMap((account) => MODES.map((mode): Scope => ({ account, mode })))
    .flatMap((scope) => secrets.map(async (secret) => [await addressOf(secret, scope), scope] as const));
  for (const [address, scope] of await Promise.all(added)) scopes.set(address, scope);
  for (const account of accounts) done.add(account);
}
