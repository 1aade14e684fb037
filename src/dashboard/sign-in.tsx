// An API key is all that is asked for.

import { useState } from "preact/hooks";
import { answerOf, clientFor } from "./api.ts";
import { useAction } from "./hooks.ts";
import { isPossibleKey } from "./session.ts";
import { Failure } from "./ui.tsx";

export function SignIn({ reason, onKey }: { reason: string; onKey: (key: string) => void }) {
  const [key, setKey] = useState("");
  const [isImpossible, setImpossible] = useState(false);
  const { isBusy, error, run } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = key.trim();
    if (!isPossibleKey(given)) return setImpossible(true);
    setImpossible(false);
    const isGood = await run(() => answerOf(clientFor(given).v1.generations.$get({ query: { limit: "1" } })));
    if (isGood) onKey(given);
  };
  return (
    <main class="sign-in">
      <h1>Reelhook</h1>
      <p>AI video generation with callbacks.</p>
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
            This key is not known here. Keys are in the setting API_KEYS; <code>npm run key</code> makes one.
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
      <p class="hint">
        The key stays in this tab and is sent to this server only. A key that begins with <code>rh_test_</code> opens
        test mode, which is free.
      </p>
    </main>
  );
}
