// The page of a tab that has no API key.

import { useEffect, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { KeyForm } from "./key-form.tsx";

interface Props {
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  /** Joins the session of another tab as soon as there is one, until the returned function is called. */
  readonly join: () => () => void;
  readonly onSignIn: (key: string, account: AccountView) => void;
}

export function SignIn({ reason, join, onSignIn }: Props) {
  const [isTouched, setTouched] = useState(false);
  // A user who types a key wants it in this tab.
  useEffect(() => (isTouched ? undefined : join()), [isTouched, reason]);
  useEffect(() => {
    document.title = "Reelhook";
  }, []);
  return (
    <main class="sign-in">
      <h1>Reelhook</h1>
      <p>AI video generation with signed webhooks.</p>
      <KeyForm reason={reason} onType={() => setTouched(true)} onSignIn={onSignIn} />
      <p>
        Have ADMIN_KEY? <a href="#/keys">Manage API keys</a>
      </p>
      <p class="hint">
        The key stays in the tabs of this browser until you sign out or close the last one. It is sent only to this
        server. Keys that start with <code>rh_test_</code> use test mode, which is free.
      </p>
    </main>
  );
}
