// The HTTP side in Node, with gateways made by the test. A gateway that the test does not provide crashes when it is used.

import type { Index, WebhookEndpoints } from "../../src/account/accounts.ts";
import type { ApiKeys } from "../../src/api-keys/keys.ts";
import type { Generations } from "../../src/generation/generations.ts";
import { createApp } from "../../src/http/app.ts";
import type { Bindings, Gateways } from "../../src/http/app-env.ts";
import type { Log, LogFields } from "../../src/log.ts";
import type { VideoFiles } from "../../src/videos/files.ts";
import type { StagedInputs } from "../../src/videos/staged-inputs.ts";
import { fixedModels } from "./models.ts";
import { addWorkerdCrypto } from "./workerd-crypto.ts";

export const KEY = "rh_live_acme_0123456789";
export const SIGNING_SECRET = "s".repeat(32);
export const SETTINGS = { API_KEYS: JSON.stringify({ acme: [KEY] }), SIGNING_SECRET };
export const BINDINGS = { GENERATIONS: {}, ACCOUNTS: {}, CATALOGUE: {}, KEYS: {}, QUEUES: {}, VIDEOS: {} };
export const ENV = { ...BINDINGS, ...SETTINGS };
export const AUTHORIZED = { authorization: `Bearer ${KEY}` };

addWorkerdCrypto();

/** A deployment without API keys that were made with ADMIN_KEY. */
export function noApiKeys(): ApiKeys {
  return {
    check: async () => ({ kind: "unknown" }),
    make: async () => ({ kind: "unavailable" }),
    list: async () => null,
    revoke: async () => null,
    accounts: async () => [],
  };
}

export function httpApp(generations: object = {}, more: Partial<Gateways> = {}) {
  const lines: { event: string; fields: LogFields }[] = [];
  const write = (event: string, fields: LogFields) => void lines.push({ event, fields });
  const log: Log = { info: write, error: write };
  const built = createApp(() => ({
    generations: generations as Generations,
    index: {} as Index,
    webhookEndpoints: {} as WebhookEndpoints,
    apiKeys: noApiKeys(),
    queuePlaces: { places: async (_, ids) => ids.map(() => null) },
    videos: {} as VideoFiles,
    inputs: {} as StagedInputs,
    models: fixedModels(),
    clock: { now: () => 0, random: () => 0 },
    log,
    ...more,
  }));
  /** @param path or an absolute URL; the host of a path is `localhost`. */
  const get = (path: string, env: object = ENV, headers: Record<string, string> = {}, method = "GET", body?: string) =>
    built.request(path, { headers, method, ...(body === undefined ? {} : { body }) }, env as Bindings);
  return { get, lines };
}
