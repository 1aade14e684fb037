// Reads the account of the API key first, so that a wrong address or key is reported before anything else happens.

import type { Reelhook } from "../reelhook.ts";
import type { Account } from "../types.ts";
import { CommandError } from "./command-error.ts";
import { withDeadline } from "./deadline.ts";
import { notReelhook } from "./deployment-failures.ts";
import { EXIT } from "./exit-codes.ts";

/** How long the deployment may take to answer before the command starts its work. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** @throws CommandError if something else answers at the URL, otherwise what the client throws. */
export async function readAccount(reelhook: Reelhook, url: string, ended: AbortSignal): Promise<Account> {
  const account = await withDeadline(ANSWER_TIMEOUT_MS, ended, (signal) => reelhook.account.get({ signal }));
  // Another server may answer with any JSON.
  if (account?.object !== "account") throw new CommandError(notReelhook(url), EXIT.unavailable);
  return account;
}
