// The keys of webhooks that are named in requests.

import { useState } from "preact/hooks";
import type { WebhookSecret } from "../../contract/webhook-endpoints.ts";
import { WithCopy } from "../shared/ui.tsx";
import { RequestSecretDialog } from "./secret-dialog.tsx";

interface Props {
  readonly own: Omit<WebhookSecret, "secret">;
  readonly reload: () => void;
}

export function RequestKeys({ own, reload }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-labelledby="own-title">
      <h2 id="own-title">Per-request webhooks</h2>
      <p>
        Webhooks set in a request are signed with a secret of this account and mode. Verify them with the secret, or
        with this public key.
      </p>
      <dl class="facts keys">
        {(
          [
            ["Public key", own.public_key],
            ["Public key URL", own.public_key_url],
          ] as const
        ).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <WithCopy text={text} label={name.toLowerCase()} />
            </dd>
          </div>
        ))}
      </dl>
      <button type="button" class="small" onClick={() => setOpen(true)}>
        Signing secret
      </button>
      {isOpen && (
        // Rotation also changes the public key.
        <RequestSecretDialog onRotated={reload} onClose={() => setOpen(false)} />
      )}
    </section>
  );
}
