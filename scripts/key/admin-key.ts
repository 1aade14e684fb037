// Where `npm run key` gets ADMIN_KEY from.

import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { isLoopback } from "../../src/core/webhooks/url-rules.ts";

export interface AdminKeySources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of .dev.vars, the settings of `npm run dev`. */
  readonly devVars: string;
  /** Asks for a line without showing it; null after Ctrl-C. Itself null if there is no terminal. */
  readonly askHidden: ((question: string) => Promise<string | null>) | null;
}

/** @returns ADMIN_KEY of the deployment at `url`, or why there is none. */
export async function findAdminKey(
  url: string,
  { env, devVars, askHidden }: AdminKeySources,
): Promise<{ readonly key: string } | { readonly problem: string }> {
  const set = env["ADMIN_KEY"]?.trim() || (isLoopback(new URL(url).hostname) ? await inFile(devVars) : "");
  if (set !== "") return bearer(set);
  if (askHidden === null) {
    return { problem: "Set the environment variable ADMIN_KEY, or run this in a terminal, which asks for the key." };
  }
  const typed = await askHidden(`ADMIN_KEY of ${url} (not shown): `);
  return typed === null || typed === "" ? { problem: "No ADMIN_KEY was given." } : bearer(typed);
}

function bearer(key: string) {
  // Other characters cannot be sent in a header.
  return /^[\x21-\x7e]+$/.test(key) ? { key } : { problem: "ADMIN_KEY must be ASCII without whitespace." };
}

async function inFile(path: string): Promise<string> {
  try {
    return parseEnv(await readFile(path, "utf8"))["ADMIN_KEY"]?.trim() ?? "";
  } catch {
    return "";
  }
}
