// The setting API_KEYS: JSON that maps accounts to API keys or their hashes.

import { accountLabel, isAccountName } from "./scope.ts";

/** Minimum length of ADMIN_KEY and of an API key in plain text, in characters. A shorter key could be guessed. */
export const MIN_KEY_LENGTH = 20;

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** One entry of API_KEYS: the key, or its SHA-256 in lowercase hex. */
export type ApiKeyEntry = { readonly account: string } & ({ readonly sha256: string } | { readonly key: string });

/** What ADMIN_KEY must be, as the end of a sentence. */
export const ADMIN_KEY_RULE = `must be at least ${MIN_KEY_LENGTH} ASCII characters without whitespace`;

/** Whether ADMIN_KEY may have this value. A header cannot carry other characters. */
export function isPossibleAdminKey(text: string): boolean {
  return text.length >= MIN_KEY_LENGTH && /^[\x21-\x7e]+$/.test(text);
}

/** @returns the keys, or what is wrong: a message that everyone can read at `/healthz`. */
export function readApiKeys(text: string): readonly ApiKeyEntry[] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'must be JSON, such as {"acme": ["<API key or its SHA-256 in hex>"]}';
  }
  if (!areKeysByAccount(value)) {
    return "must map account names (1 to 40 characters: a-z, 0-9, _ and -) to lists of API keys or their SHA-256 in hex";
  }
  const accounts = Object.entries(value);
  // A bearer token cannot contain whitespace: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
  if (accounts.some(([, keys]) => keys.some((key) => /\s/.test(key)))) {
    return "must contain only API keys without whitespace";
  }
  const short = accounts.findIndex(([, keys]) => keys.some((key) => [...key].length < MIN_KEY_LENGTH));
  if (short !== -1) {
    const account = accountLabel(accounts[short]?.[0] ?? "", short);
    return `must contain only API keys of at least ${MIN_KEY_LENGTH} characters; one of ${account} is shorter`;
  }
  const entries = accounts.flatMap(([account, keys]): ApiKeyEntry[] =>
    keys.map((key) => (SHA256_HEX.test(key) ? { account, sha256: key.toLowerCase() } : { account, key })),
  );
  const owners = new Map(entries.map((entry) => [textOf(entry), entry.account]));
  if (entries.some((entry) => owners.get(textOf(entry)) !== entry.account)) {
    return "must not list one key under two accounts";
  }
  return entries;
}

/** Whether API_KEYS lists this key in plain text. */
export function isListed(key: string, entries: readonly ApiKeyEntry[]): boolean {
  return entries.some((entry) => textOf(entry) === key);
}

function textOf(entry: ApiKeyEntry): string {
  return "key" in entry ? entry.key : entry.sha256;
}

function areKeysByAccount(value: unknown): value is Readonly<Record<string, readonly string[]>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([account, keys]) => isAccountName(account) && isListOfKeys(keys));
}

function isListOfKeys(keys: unknown): boolean {
  return Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === "string" && key !== "");
}
