// `npm run key -- acme [--test]`: generates an API key and its entry for API_KEYS.

import { parseArgs } from "node:util";
import { hashOf, newApiKey } from "./api-keys.ts";

const USAGE = "Usage: npm run key -- <account> [--test]\n\nAn account name has 1 to 40 characters: a-z, 0-9, _ and -.";

function main(args: readonly string[]): number {
  let account: string | undefined;
  let test: boolean;
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { test: { type: "boolean", default: false } },
    });
    [account] = positionals.length === 1 ? positionals : [];
    test = values.test;
  } catch {
    account = undefined;
    test = false;
  }
  if (account === undefined || !/^[a-z0-9_-]{1,40}$/.test(account)) {
    console.error(USAGE);
    return 2;
  }
  const key = newApiKey(test ? "test" : "live");
  console.log(`API key for account ${account}, ${test ? "test" : "live"} mode. It is shown only once:

  ${key}

Merge this entry, which holds only the key's hash, into the accounts in API_KEYS. Set API_KEYS with
\`npx wrangler secret put API_KEYS\`, or for \`npm run dev\` in .dev.vars, in single quotes:

  ${JSON.stringify({ [account]: [hashOf(key)] })}`);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
