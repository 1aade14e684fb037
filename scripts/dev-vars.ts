// Creates and reads .dev.vars, the settings for local development.

import { readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { hashOf, newApiKey, newSigningSecret } from "./api-keys.ts";

export interface MadeKeys {
  readonly account: string;
  readonly testKey: string;
  readonly liveKey: string;
}

/**
 * Creates the file with new keys unless it exists.
 *
 * @returns the keys, because the file holds only their hashes; null if the file already existed.
 */
export async function ensureDevVars(path: string): Promise<MadeKeys | null> {
  const made = { account: "dev", testKey: newApiKey("test"), liveKey: newApiKey("live") };
  const apiKeys = JSON.stringify({ [made.account]: [hashOf(made.testKey), hashOf(made.liveKey)] });
  const lines = [
    "# Created by npm run dev. Do not commit this file. Delete it to get new keys.",
    `API_KEYS='${apiKeys}'`,
    `SIGNING_SECRET=${newSigningSecret()}`,
    "# Allows webhook and video URLs on this machine. Do not set this in production.",
    "ALLOW_LOCAL_URLS=true",
    "# Uncomment for live mode:",
    "# AIMLAPI_KEY=",
  ];
  try {
    await writeFile(path, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
    return made;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw cause;
  }
}

/**
 * Creates a key for this run's dashboard link, because the file holds only hashes.
 *
 * @returns the key, and API_KEYS with its hash added; null if API_KEYS in the file cannot be parsed.
 */
export async function withFreshKey(path: string): Promise<{ key: string; apiKeys: string } | null> {
  try {
    const accounts: Record<string, string[]> = JSON.parse(parseEnv(await readFile(path, "utf8"))["API_KEYS"] ?? "");
    const [account] = Object.keys(accounts);
    if (account === undefined) return null;
    const key = newApiKey("test");
    return { key, apiKeys: JSON.stringify({ ...accounts, [account]: [...(accounts[account] ?? []), hashOf(key)] }) };
  } catch {
    return null;
  }
}
