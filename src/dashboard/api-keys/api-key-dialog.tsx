// Dialogs that make an API key and show it once.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import type { NewApiKeyView } from "../../contract/api-keys.ts";
import { MODES, type Mode } from "../../contract/words.ts";
import { type AdminClient, clientFor } from "../shared/api.ts";
import { useAction } from "../shared/hooks.ts";
import { Dialog, Failure, Secret } from "../shared/ui.tsx";

interface Props {
  readonly client: AdminClient;
  /** Called even if the dialog was closed meanwhile, because nobody can read the key again. */
  readonly onMade: (made: NewApiKeyView) => void;
  /** Called when the list may have changed. */
  readonly onChange: () => void;
  readonly onClose: () => void;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Lifetimes in days; 0 means forever. */
const LIFETIMES = [
  [0, "Never"],
  [30, "In 30 days"],
  [90, "In 90 days"],
  [365, "In a year"],
] as const;

const MODE_NAMES: Readonly<Record<Mode, string>> = {
  test: "Test (free, simulated)",
  live: "Live (billed)",
};

export function ApiKeyDialog({ client, onMade, onChange, onClose }: Props) {
  const [account, setAccount] = useState("");
  const [name, setName] = useState("");
  const [mode, setMode] = useState<Mode>("test");
  const [days, setDays] = useState(0);
  const [isReadOnly, setReadOnly] = useState(false);
  const { isBusy, error, run } = useAction();
  const make = async (event: Event) => {
    event.preventDefault();
    await run(async () => {
      const fields = {
        account: account.trim(),
        mode,
        name: name.trim(),
        ...(days === 0 ? {} : { expires_at: new Date(Date.now() + days * DAY_MS).toISOString() }),
        ...(isReadOnly ? { read_only: true } : {}),
      };
      onMade(await client.createApiKey(fields));
    });
    // A failed call may have made a key.
    onChange();
  };
  const errorOf = (pointer: string) => error?.errors.find((each) => each.pointer === pointer)?.message;
  const text = (pointer: string, label: string, value: string, set: (value: string) => void, notes: string) => (
    <Labeled label={label} error={errorOf(pointer)} notes={notes}>
      {(ids) => <input {...ids} type="text" value={value} onInput={(event) => set(event.currentTarget.value)} />}
    </Labeled>
  );
  const isElsewhere = error !== null && errorOf("/account") === undefined && errorOf("/name") === undefined;
  return (
    <Dialog title="Make an API key" onClose={onClose}>
      <form onSubmit={make} noValidate>
        {text(
          "/account",
          "Account",
          account,
          setAccount,
          "Generations, webhooks and usage belong to an account, such as “acme”.",
        )}
        {text("/name", "Name", name, setName, "What the key is for, such as “Backend”.")}
        <Labeled label="Mode">
          {(ids) => (
            <select {...ids} value={mode} onChange={(event) => setMode(modeOf(event.currentTarget.value))}>
              {MODES.map((each) => (
                <option key={each} value={each}>
                  {MODE_NAMES[each]}
                </option>
              ))}
            </select>
          )}
        </Labeled>
        <Labeled label="Expires">
          {(ids) => (
            <select {...ids} value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
              {LIFETIMES.map(([each, words]) => (
                <option key={each} value={each}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Labeled>
        <label class="check">
          <input type="checkbox" checked={isReadOnly} onChange={(event) => setReadOnly(event.currentTarget.checked)} />{" "}
          Read-only: the key cannot change anything or read secrets
        </label>
        {isElsewhere && <Failure error={error} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            Make key
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function modeOf(text: string): Mode {
  return MODES.find((mode) => mode === text) ?? "test";
}

interface LabeledProps {
  readonly label: string;
  readonly error?: string | undefined;
  readonly notes?: string;
  readonly children: (ids: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ComponentChildren;
}

function Labeled({ label, error, notes = "", children }: LabeledProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-notes`, "aria-invalid": error !== undefined })}
      <p class="notes" id={`${id}-notes`}>
        {error !== undefined && <strong class="error">{error}</strong>} {notes}
      </p>
    </div>
  );
}

interface MadeProps {
  readonly made: NewApiKeyView;
  /** Null if the user is signed in. */
  readonly onSignIn: ((key: string, account: AccountView) => void) | null;
  readonly onClose: () => void;
}

export function MadeDialog({ made: { key, account, mode }, onSignIn, onClose }: MadeProps) {
  const { isBusy, error, run } = useAction();
  return (
    <Dialog title="Copy this API key now" onClose={onClose}>
      <Secret text={key} label="API key" />
      <p>
        It will not be shown again. It works for account <strong>{account}</strong> in {mode} mode.
      </p>
      <Failure error={error} />
      <div class="actions">
        {onSignIn !== null && (
          <button
            type="button"
            class="primary"
            disabled={isBusy}
            onClick={() => run(async () => onSignIn(key, await clientFor(key).getAccount()))}
          >
            Sign in with this key
          </button>
        )}
        <button type="button" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
