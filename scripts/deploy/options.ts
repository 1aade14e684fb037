// The options of `npm run deploy`.

import { parseArgs } from "node:util";
import { isAccountName } from "../../src/core/scope.ts";
import { originOf } from "../api-key-calls.ts";

export const USAGE = `Usage: npm run deploy [-- <options>]

Deploys Reelhook to your Cloudflare account. Makes the R2 bucket, its lifecycle rule, the secrets and the first API keys
unless they exist. You can run it again at any time, for example to deploy an update.

Options:
  --dry-run          shows what it would do and builds the Worker, but changes nothing
  --account <name>   the account of the first API keys (default: default)
  --url <url>        the address of the deployment (default: PUBLIC_URL, a custom domain, a route or workers.dev)
  --config <file>    a configuration file other than wrangler.toml
  --new-admin-key    replaces ADMIN_KEY, for example if it is lost
  --help             shows this text

Environment:
  AIMLAPI_KEY            the provider's key (https://aimlapi.com/app/keys), unless the Worker has one; if unset, you are asked
  ADMIN_KEY              the key that manages API keys, unless the Worker has one; if unset, a new one is made
  CLOUDFLARE_API_TOKEN   a token to log in with, instead of \`npx wrangler login\`
  CLOUDFLARE_ACCOUNT_ID  the Cloudflare account to use, if you have several`;

export interface Options {
  readonly isDryRun: boolean;
  readonly account: string;
  /** An origin; null for the address in the configuration or in wrangler's report. */
  readonly url: string | null;
  /** A path; null for wrangler.toml. */
  readonly config: string | null;
  readonly replacesAdminKey: boolean;
  readonly wantsHelp: boolean;
}

/** The message says what is wrong with the arguments. */
export class UsageError extends Error {}

/** @throws UsageError */
export function optionsOf(args: readonly string[]): Options {
  const values = valuesOf(args);
  const account = values.account ?? "default";
  if (!isAccountName(account)) {
    throw new UsageError(`--account ${account}: must have 1 to 40 characters: a-z, 0-9, _ and -.`);
  }
  const url = values.url === undefined ? null : originOf(values.url);
  if (values.url !== undefined && url === null) {
    throw new UsageError("--url must be an https: URL, or an http: URL of this machine.");
  }
  return {
    ...{ account, url },
    isDryRun: values["dry-run"] === true,
    config: values.config ?? null,
    replacesAdminKey: values["new-admin-key"] === true,
    wantsHelp: values.help === true,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        "dry-run": { type: "boolean" },
        account: { type: "string" },
        url: { type: "string" },
        config: { type: "string" },
        "new-admin-key": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (cause) {
    // The first sentence of Node's message names the option. The others explain the syntax.
    const [message = ""] = (cause instanceof Error ? cause.message : "").split(". ");
    throw new UsageError(`${message.replace(/\.$/, "")}.`);
  }
}
