// Asks whether to revoke an API key.

import { useContext } from "preact/hooks";
import type { ApiKeyView } from "../../contract/api-keys.ts";
import type { AdminClient } from "../shared/api.ts";
import { SessionContext, useAction } from "../shared/hooks.ts";
import { Confirm } from "../shared/ui.tsx";

interface Props {
  readonly client: AdminClient;
  readonly apiKey: ApiKeyView;
  /** Called when the list may have changed. */
  readonly onChange: () => void;
  readonly onClose: () => void;
}

export function RevokeDialog({ client, apiKey: { id, name, account, mode, prefix }, onChange, onClose }: Props) {
  const session = useContext(SessionContext);
  const { isBusy, error, run } = useAction();
  const revoke = async () => {
    const isRevoked = await run(() => client.revokeApiKey(id));
    // A failed call may have revoked the key, or the key may be gone.
    onChange();
    if (isRevoked) onClose();
  };
  return (
    <Confirm
      title="Revoke this API key?"
      action="Revoke"
      isBusy={isBusy}
      error={error}
      onConfirm={revoke}
      onClose={onClose}
    >
      <p>
        <strong>{name}</strong> of account {account} in {mode} mode, <code>{prefix}…</code>
      </p>
      <p>It stops working within 60 seconds. This cannot be undone.</p>
      {session?.key.startsWith(prefix) && <p>You are signed in with this key. You will be signed out.</p>}
    </Confirm>
  );
}
