// The API keys of all accounts, for whoever has ADMIN_KEY. It is kept in the page's memory only.

import { useEffect, useRef, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import type { ApiKeyView, NewApiKeyView } from "../../contract/api-keys.ts";
import { isPossibleKey } from "../session/session.ts";
import { type AdminClient, adminClientFor } from "../shared/api.ts";
import { useAction, useNow } from "../shared/hooks.ts";
import { Empty, Failure, Heading } from "../shared/ui.tsx";
import { ApiKeyDialog, MadeDialog } from "./api-key-dialog.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";

interface Props {
  /** Signs in with a new key. Null if the user is signed in. */
  readonly onSignIn: ((key: string, account: AccountView) => void) | null;
}

export function ApiKeysPage({ onSignIn }: Props) {
  const [opened, setOpened] = useState<{ client: AdminClient; keys: readonly ApiKeyView[] } | null>(null);
  return opened === null ? (
    <AdminKeyForm onOpen={(client, keys) => setOpened({ client, keys })} />
  ) : (
    <Keys client={opened.client} first={opened.keys} onSignIn={onSignIn} />
  );
}

function AdminKeyForm({ onOpen }: { onOpen: (client: AdminClient, keys: readonly ApiKeyView[]) => void }) {
  const [typed, setTyped] = useState("");
  const [isImpossible, setImpossible] = useState(false);
  const { isBusy, error, run } = useAction();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = typed.trim();
    setImpossible(!isPossibleKey(given));
    if (!isPossibleKey(given)) return;
    const client = adminClientFor(given);
    await run(async () => onOpen(client, await client.listApiKeys()));
  };
  return (
    <>
      <Heading title="API keys" />
      <form class="admin-key" onSubmit={submit}>
        <label for="admin-key">ADMIN_KEY</label>
        <input
          ref={field}
          id="admin-key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="admin-key-notes"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy}>
          Show API keys
        </button>
        {isImpossible ? (
          <p class="failure" role="alert">
            ADMIN_KEY must be ASCII without whitespace.
          </p>
        ) : (
          <Failure error={error} />
        )}
        <div class="hint" id="admin-key-notes">
          <p>
            This secret makes and revokes API keys. <code>npm run deploy</code> shows it once. In development, it is in{" "}
            <code>.dev.vars</code>.
          </p>
          <LostAdminKey />
          <p>
            <code>docs/configuration.md</code> has more. This page forgets ADMIN_KEY when you leave or reload it.
          </p>
        </div>
      </form>
    </>
  );
}

function LostAdminKey() {
  return (
    <p>
      If it is lost or not set, set a new one with <code>npx wrangler secret put ADMIN_KEY</code>. API keys stay valid.
    </p>
  );
}

interface KeysProps extends Props {
  readonly client: AdminClient;
  readonly first: readonly ApiKeyView[];
}

function Keys({ client, first, onSignIn }: KeysProps) {
  const [keys, setKeys] = useState(first);
  const [open, setOpen] = useState<ApiKeyView | "make" | null>(null);
  const [made, setMade] = useState<NewApiKeyView | null>(null);
  const { error, run } = useAction();
  const reloads = useRef(0);
  const reload = () =>
    run(async () => {
      const own = ++reloads.current;
      const listed = await client.listApiKeys();
      // The answer to an earlier call may arrive later.
      if (own === reloads.current) setKeys(listed);
    });
  const close = () => setOpen(null);
  const show = (key: NewApiKeyView) => {
    close();
    setMade(key);
  };
  const make = useRef<HTMLButtonElement>(null);
  // The form that had the focus is gone.
  useEffect(() => make.current?.focus(), []);
  return (
    <>
      <div class="title">
        <Heading title="API keys" />
        <button ref={make} type="button" class="primary" onClick={() => setOpen("make")}>
          Make an API key
        </button>
      </div>
      <Failure error={error} retry={reload} />
      {error?.status === 401 && <LostAdminKey />}
      {keys.length === 0 ? (
        <Empty title="No API keys">
          <p>Apps call Reelhook with an API key. Keys in the setting API_KEYS are not listed here.</p>
        </Empty>
      ) : (
        <Table keys={keys} onRevoke={setOpen} />
      )}
      {open === "make" && <ApiKeyDialog client={client} onMade={show} onChange={reload} onClose={close} />}
      {made !== null && <MadeDialog made={made} onSignIn={onSignIn} onClose={() => setMade(null)} />}
      {open !== null && open !== "make" && (
        <RevokeDialog client={client} apiKey={open} onChange={reload} onClose={close} />
      )}
    </>
  );
}

function Table({ keys, onRevoke }: { keys: readonly ApiKeyView[]; onRevoke: (key: ApiKeyView) => void }) {
  const now = useNow();
  return (
    <table class="table stacks api-keys">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Account</th>
          <th scope="col">Key</th>
          <th scope="col">Last used</th>
          <th scope="col">Expires</th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row">{key.name}</th>
            <td>
              {key.account} <span class={`mode ${key.mode}`}>{key.mode}</span>
            </td>
            <td>
              <code>{key.prefix}…</code> {key.read_only && <span class="read-only">read-only</span>}
            </td>
            <td data-name="Last used">{key.last_used_on ?? "never"}</td>
            <td data-name="Expires">{expiryOf(key, now)}</td>
            <td>
              <button type="button" class="small risky" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
                Revoke
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function expiryOf({ expires_at }: ApiKeyView, now: number) {
  if (expires_at === null) return "never";
  const isExpired = Date.parse(expires_at) <= now;
  return (
    <time dateTime={expires_at} title={new Date(expires_at).toLocaleString()} class={isExpired ? "bad" : undefined}>
      {expires_at.slice(0, 10)}
      {isExpired && " (expired)"}
    </time>
  );
}
