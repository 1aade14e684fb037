// Asks for an API key and checks it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import { clientFor } from "../shared/api.ts";
import { useAction } from "../shared/hooks.ts";
import { Failure } from "../shared/ui.tsx";
import { isPossibleKey } from "./session.ts";

interface Props {
  /** Why the user is signed out; empty if there is nothing to say. */
  readonly reason?: string;
  /** Called when the user types. */
  readonly onType?: () => void;
  readonly onSignIn: (key: string, account: AccountView) => void;
}

export function KeyForm({ reason = "", onType, onSignIn }: Props) {
  const [key, setKey] = useState("");
  const [isImpossible, setImpossible] = useState(false);
  const { isBusy, error, run } = useAction();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = key.trim();
    if (!isPossibleKey(given)) return setImpossible(true);
    setImpossible(false);
    await run(async () => onSignIn(given, await clientFor(given).getAccount()));
  };
  return (
    <form class="key-form" onSubmit={submit}>
      <label for="key">API key</label>
      <input
        ref={field}
        id="key"
        type="password"
        autocomplete="off"
        spellcheck={false}
        required
        placeholder="rh_test_…"
        value={key}
        onInput={(event) => {
          setKey(event.currentTarget.value);
          onType?.();
        }}
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
  );
}
