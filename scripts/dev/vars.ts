// Creates, completes and reads .dev.vars: the settings and secrets for local development. It holds the API keys in plain
// text, so that the same keys work after each restart.

import { readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { type Mode, newAdminKey, newApiKey, newSigningSecret } from "../api-keys.ts";

/** The account that is created for local development. */
const ACCOUNT = "dev";

const MODES: readonly Mode[] = ["test", "live"];

/** An API key in plain text. */
export interface PlainKey {
  readonly account: string;
  readonly mode: Mode;
  readonly key: string;
}

export interface DevVars {
  /** The first plain key of each account and mode in API_KEYS. Empty if API_KEYS cannot be read. */
  readonly keys: readonly PlainKey[];
  /** The key of the dashboard's link: one in test mode, of the account `dev` if it has one. Null if there is none. */
  readonly testKey: string | null;
  readonly allowsLocalUrls: boolean;
}

export interface PreparedVars extends DevVars {
  readonly change: "created" | "completed" | null;
}

/** Creates the file, or adds what it lacks, and reads it. All other lines stay as they are. */
export async function prepareDevVars(path: string): Promise<PreparedVars> {
  const present = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
  const text = completed(present ?? FRESH);
  if (text !== present) await replaceFile(path, text);
  const change = present === null ? "created" : text === present ? null : "completed";
  return { ...readDevVars(text), change };
}

/** At once, so that a crash or a full disk leaves the old file. Only its owner can read the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  // A link to the file stays a link.
  const target = await realpath(path).catch(() => path);
  const written = `${target}.${process.pid}`;
  try {
    await writeFile(written, text, { mode: 0o600 });
    await rename(written, target);
  } catch (cause) {
    await rm(written, { force: true });
    throw cause;
  }
}

export function readDevVars(text: string): DevVars {
  const settings = parseEnv(text);
  const accounts = Object.entries(accountsOf(settings["API_KEYS"] ?? "") ?? {});
  const keys = accounts.flatMap(([account, listed]) =>
    MODES.flatMap((mode) => {
      const key = plainKey(listed, mode);
      return key === undefined ? [] : [{ account, mode, key }];
    }),
  );
  const inTestMode = keys.filter(({ mode }) => mode === "test");
  const own = inTestMode.find(({ account }) => account === ACCOUNT) ?? inTestMode[0];
  return { keys, testKey: own?.key ?? null, allowsLocalUrls: settings["ALLOW_LOCAL_URLS"] === "true" };
}

const FRESH = `# Made by npm run dev, for this machine only. Do not commit this file. Delete it to get new keys.
API_KEYS=
ADMIN_KEY=
SIGNING_SECRET=
# Allows webhook and video URLs on this machine. Do not set this in production.
ALLOW_LOCAL_URLS=true
# Uncomment for live mode:
# AIMLAPI_KEY=
`;

/** @returns the text with keys in plain text for both modes, ADMIN_KEY and SIGNING_SECRET. */
function completed(text: string): string {
  const settings = parseEnv(text);
  let result = withApiKeys(text, settings["API_KEYS"] ?? "");
  if (!settings["ADMIN_KEY"]) result = withSetting(result, "ADMIN_KEY", newAdminKey());
  if (!settings["SIGNING_SECRET"]) result = withSetting(result, "SIGNING_SECRET", newSigningSecret());
  return result;
}

/** Does not touch a value that cannot be read: the Worker says what is wrong with it. */
function withApiKeys(text: string, value: string): string {
  const accounts = value === "" ? {} : accountsOf(value);
  if (accounts === null) return text;
  const listed = accounts[ACCOUNT] ?? [];
  const missing = MODES.filter((mode) => plainKey(listed, mode) === undefined);
  if (missing.length === 0) return text;
  const complete = { ...accounts, [ACCOUNT]: [...listed, ...missing.map(newApiKey)] };
  return withSetting(text, "API_KEYS", `'${JSON.stringify(complete)}'`);
}

/** A hash has no prefix, so it is not found here. */
function plainKey(listed: readonly string[], mode: Mode): string | undefined {
  return listed.find((key) => key.startsWith(`rh_${mode}_`));
}

/** @returns null if the value is not a valid API_KEYS. */
function accountsOf(value: string): Record<string, string[]> | null {
  try {
    const accounts: unknown = JSON.parse(value);
    if (typeof accounts !== "object" || accounts === null || Array.isArray(accounts)) return null;
    const isList = (keys: unknown) => Array.isArray(keys) && keys.every((key) => typeof key === "string");
    return Object.values(accounts).every(isList) ? (accounts as Record<string, string[]>) : null;
  } catch {
    return null;
  }
}

/** Replaces the value of the last line that sets it, which is the one that counts, or adds a line. */
function withSetting(text: string, name: string, value: string): string {
  const line = new RegExp(
    `^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*)(?:'[^']*'|"[^"]*"|\`[^\`]*\`|[^#\\r\\n]*)`,
    "gm",
  );
  const last = [...text.matchAll(line)].at(-1);
  if (last === undefined) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${name}=${value}\n`;
  const [whole, start = ""] = last;
  return text.slice(0, last.index) + start + value + text.slice(last.index + whole.length);
}
