// Asks the API whose key the tab has, after a reload.

import { useEffect } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { clientFor } from "../shared/api.ts";
import { NOT_ACCEPTED, useAction } from "../shared/hooks.ts";
import { Failure } from "../shared/ui.tsx";

interface Props {
  readonly apiKey: string;
  readonly onAccount: (key: string, account: AccountView) => void;
  readonly signOut: (reason?: string) => void;
}

/** The pages come after it, because each of them shows the account. */
export function Resuming({ apiKey, onAccount, signOut }: Props) {
  const { error, run } = useAction();
  const load = () => run(async () => onAccount(apiKey, await clientFor(apiKey).getAccount()));
  useEffect(() => void load(), []);
  useEffect(() => {
    if (error?.status === 401) signOut(NOT_ACCEPTED);
  }, [error]);
  return (
    <main>
      {error === null ? (
        <p class="loading">Loading …</p>
      ) : (
        <>
          <Failure error={error} retry={load} />
          <button type="button" onClick={() => signOut()}>
            Sign out
          </button>
        </>
      )}
    </main>
  );
}
