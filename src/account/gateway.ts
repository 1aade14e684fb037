// Accounts, as generations see them: a scope leads to its object.

import type { Scope } from "../core/generation.ts";
import type { Accounts } from "../ports.ts";
import type { AccountObject } from "./object.ts";

export function accountsIn(namespace: DurableObjectNamespace<AccountObject>): Accounts {
  return {
    async report(scope, summary) {
      try {
        await namespace.get(namespace.idFromName(accountName(scope))).report(summary);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Neither an account nor a mode holds a slash. */
function accountName({ account, mode }: Scope): string {
  return `${account}/${mode}`;
}
