// Asks whether to sign in with an API key that came in the page's address. Any site can link to the dashboard with a key
// of its own, and would then receive what the user makes, so the user sees the account first and keeps theirs by default.

import { useEffect, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { clientFor } from "../shared/api.ts";
import { useAction, useInFront } from "../shared/hooks.ts";
import { Dialog, Failure } from "../shared/ui.tsx";
import { isPossibleKey } from "./session.ts";

interface Props {
  /** As given; may be anything. */
  readonly given: string;
  /** The account that this tab is signed in to. */
  readonly current: AccountView | null;
  readonly onSignIn: (account: AccountView) => void;
  readonly onKeep: () => void;
}

/** A double-click or key press that began on another site's window must not answer the question. */
const READING_MS = 1_000;

export function LinkedKey({ given, current, onSignIn, onKeep }: Props) {
  const [account, setAccount] = useState<AccountView | null>(null);
  const { error, run } = useAction();
  const isInFront = useInFront(account === null ? null : READING_MS);
  const isPossible = isPossibleKey(given);
  const load = () => run(async () => setAccount(await clientFor(given).getAccount()));
  useEffect(() => {
    if (isPossible) void load();
  }, []);
  const isUnknown = !isPossible || error?.status === 401;
  const title = isUnknown ? "Unknown API key" : "Sign in with the key from this link?";
  return (
    <Dialog title={title} onClose={onKeep}>
      <div class="question" role="status">
        {isUnknown ? (
          <p>The API key in this link is unknown.</p>
        ) : account === null ? (
          error === null && <p>Checking the key …</p>
        ) : (
          <p>
            It belongs to account <Who account={account} />. What you make there is visible to everyone with a key of
            that account.
          </p>
        )}
        {current !== null && (
          <p>
            You are signed in as <Who account={current} />.{" "}
            {account !== null && "Signing in with the link replaces that in this tab."}
          </p>
        )}
        {account !== null && <p class="hint">Continue only if you know who gave you the link.</p>}
      </div>
      {!isUnknown && <Failure error={error} retry={load} />}
      <div class="actions">
        {/* The first button has the focus. */}
        <button type="button" class={current === null ? undefined : "primary"} onClick={onKeep}>
          {isUnknown ? "Close" : current === null ? "Cancel" : `Stay signed in as ${current.name}`}
        </button>
        {account !== null && (
          <button
            type="button"
            class={current === null ? "primary" : undefined}
            disabled={!isInFront}
            onClick={() => onSignIn(account)}
          >
            {current === null ? "Sign in" : `Sign in as ${account.name}`}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Who({ account: { name, mode } }: { account: AccountView }) {
  return (
    <>
      <strong>{name}</strong> ({mode} mode)
    </>
  );
}
