// The sign-in form: it asks for an API key and checks it.

import { useEffect, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { clientFor } from "../shared/api.ts";
import { useAction } from "../shared/hooks.ts";
import { Failure } from "../shared/ui.tsx";
import { isPossibleKey } from "./session.ts";

interface Props {
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason: string;
  readonly onSignIn: (key: string, account: AccountView) => void;
}

export function SignIn({ reason, onSignIn }: Props) {
  const [key, setKey] = useState("");
  const [isImpossible, setImpossible] = useState(false);
  const { isBusy, error, run } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = key.trim();
    if (!isPossibleKey(given)) return setImpossible(true);
    setImpossible(false);
    await run(async () => onSignIn(given, await clientFor(given).getAccount()));
  };
  useEffect(() => {
    document.title = "Reelhook";
  }, []);
  return (
    <main class="sign-in">
      <h1>Reelhook</h1>
      <p>AI video generation with signed webhooks.</p>
      <form onSubmit={submit}>
        <label for="key">API key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          placeholder="rh_test_…"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy}>
          Sign in
        </button>
        {isImpossible || error?.status === 401 ? (
          <p class="failure" role="alert">
            {error?.message ?? "Invalid API key."} To make a key, <a href="#/keys">use ADMIN_KEY</a>, or run{" "}
            <code>npm run key</code>.
          </p>
        ) : (
          <Failure error={error} />
        )}
        {reason !== "" && error === null && (
          <p class="failure" role="alert">
            {reason}
          </p>
        )}
      </form>
      <p>
        Have ADMIN_KEY? <a href="#/keys">Manage API keys</a>
      </p>
      <p class="hint">
        The key is kept in this tab until it closes or you sign out, and sent only to this server. Keys that start with{" "}
        <code>rh_test_</code> use test mode, which is free.
      </p>
    </main>
  );
}
