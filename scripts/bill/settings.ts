// The settings of `npm run bill`: which month, and the keys and addresses from the environment.

import { parseArgs } from "node:util";
import { Failure } from "./calls.ts";
import { type Month, monthOf } from "./month.ts";

/** Printed if the arguments or the environment are wrong. */
export const USAGE = `Usage: npm run bill -- <month> [--json]

Compares what Reelhook has counted in a month with the provider's log. Example: npm run bill -- 2026-11

Environment:
  REELHOOK_URL       where Reelhook is deployed, such as https://reelhook.example.com
  REELHOOK_API_KEYS  a live key of each account, separated by commas or spaces
  AIMLAPI_KEY        the provider's key
  AIMLAPI_BASE_URL   default: https://api.aimlapi.com

Exit code: 0 if both agree, 1 if they differ, 2 if the command cannot tell.`;

/** The arguments and the environment, checked. */
export interface Settings {
  readonly month: Month;
  readonly json: boolean;
  readonly reelhookUrl: string;
  readonly apiKeys: readonly string[];
  readonly providerUrl: string;
  readonly providerKey: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Failure with a message that says what is wrong. */
export function settingsOf(args: readonly string[], env: Environment, now: number): Settings {
  const { month, json } = argumentsOf(args);
  if (month.start > now) throw new Failure(`${month.name} has not started yet.`);
  const apiKeys = required(env, "REELHOOK_API_KEYS")
    .split(/[\s,]+/)
    .filter((key) => key !== "");
  for (const [at, key] of apiKeys.entries()) {
    if (key.startsWith("rh_test_")) throw new Failure(`${nameOfKey(at)} is in test mode, which costs nothing.`);
  }
  return {
    month,
    json,
    reelhookUrl: originOf(required(env, "REELHOOK_URL"), "REELHOOK_URL"),
    apiKeys,
    providerUrl: originOf(env["AIMLAPI_BASE_URL"] || "https://api.aimlapi.com", "AIMLAPI_BASE_URL"),
    providerKey: required(env, "AIMLAPI_KEY").trim(),
  };
}

/** Names a key in messages. @param at its index in REELHOOK_API_KEYS. */
export function nameOfKey(at: number): string {
  return `key ${at + 1} in REELHOOK_API_KEYS`;
}

function argumentsOf(args: readonly string[]): { readonly month: Month; readonly json: boolean } {
  try {
    const options = { json: { type: "boolean", default: false } } as const;
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [name = ""] = positionals.length === 1 ? positionals : [];
    const month = monthOf(name);
    if (month !== null) return { month, json: values.json };
  } catch {
    // An unknown option.
  }
  throw new Failure(USAGE);
}

function required(env: Environment, name: string): string {
  const value = env[name] ?? "";
  if (!/[^\s,]/.test(value)) throw new Failure(`${name} is not set.\n\n${USAGE}`);
  return value;
}

/** Keys are only sent over HTTPS, or to this machine. */
function originOf(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLocal = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLocal);
  if (url === null || !isSafe || url.username !== "") {
    throw new Failure(`${name} must be an https: URL, or an http: URL of this machine.`);
  }
  return url.origin;
}
