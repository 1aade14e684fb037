// `npm run key -- acme [--test]`: makes an API key and the line for API_KEYS.

import { parseArgs } from "node:util";
import { hashOf, newApiKey } from "./api-keys.ts";

const USAGE = "Usage: npm run key -- <account> [--test]\n\nAn account is 1 to 40 of a-z, 0-9, _ and -.";

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
  console.log(`API key of ${account}, ${test ? "test" : "live"} mode. It is shown only now:

  ${key}

The line for API_KEYS holds its hash. Add it to the accounts that are there already, and set it with
\`npx wrangler secret put API_KEYS\` (or in .dev.vars, in single quotes, for npm run dev):

  ${JSON.stringify({ [account]: [hashOf(key)] })}`);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
