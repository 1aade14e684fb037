// Reads the account whose events arrive, and the secret that signs them.

import type { Reelhook } from "../../reelhook.ts";
import { CommandError } from "../command-error.ts";
import { withDeadline } from "../deadline.ts";
import { ANSWER_TIMEOUT_MS, readAccount } from "../deployment-account.ts";
import { notReelhook } from "../deployment-failures.ts";
import { EXIT } from "../exit-codes.ts";

interface Deployment {
  readonly account: string;
  readonly mode: "live" | "test";
  /** `whsec_…` */
  readonly secret: string;
}

/** @throws CommandError if something else answers there, otherwise what the client throws. */
export async function readDeployment(reelhook: Reelhook, url: string, ended: AbortSignal): Promise<Deployment> {
  const [account, secret] = await Promise.all([readAccount(reelhook, url, ended), readSecret(reelhook, ended)]);
  if (typeof secret !== "string") throw new CommandError(notReelhook(url), EXIT.unavailable);
  return { account: account.name, mode: account.mode, secret };
}

export async function readSecret(reelhook: Reelhook, ended: AbortSignal): Promise<string> {
  const answer = await withDeadline(ANSWER_TIMEOUT_MS, ended, (signal) => reelhook.webhookSecret.get({ signal }));
  return answer?.secret;
}
