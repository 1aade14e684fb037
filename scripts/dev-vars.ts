// The settings of a developer's machine.

import { readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { hashOf, newApiKey, newSigningSecret } from "./api-keys.ts";

export interface MadeKeys {
  readonly account: string;
  readonly testKey: string;
  readonly liveKey: string;
}

/**
 * Makes the file with fresh keys unless it is there.
 *
 * @returns the keys, of which the file keeps only hashes, or null when the file was there.
 */
export async function ensureDevVars(path: string): Promise<MadeKeys | null> {
  const made = { account: "dev", testKey: newApiKey("test"), liveKey: newApiKey("live") };
  const apiKeys = JSON.stringify({ [made.account]: [hashOf(made.testKey), hashOf(made.liveKey)] });
  const lines = [
    "# Made by npm run dev. Never commit this file; delete it to get fresh keys.",
    `API_KEYS='${apiKeys}'`,
    `SIGNING_SECRET=${newSigningSecret()}`,
    "# Lets webhooks and videos be on this machine; never set it in production.",
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
 * A key for the dashboard, good for one run: files keep hashes only, and a link needs a key.
 *
 * @returns the key, and API_KEYS with its hash; null when the file's API_KEYS is not to be understood.
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
