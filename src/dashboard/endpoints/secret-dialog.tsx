// Dialog that reveals a signing secret and rotates it. After rotation the old one stays valid for a while.

import { useState } from "preact/hooks";
import { useAction, useSession } from "../shared/hooks.ts";
import { Dialog, Failure, Secret } from "../shared/ui.tsx";
import { Verifiers } from "./verifiers.tsx";

interface Props {
  readonly title: string;
  readonly read: () => Promise<string>;
  readonly rotate: () => Promise<string>;
  readonly onClose: () => void;
}

const OVERLAP_MS = 24 * 60 * 60 * 1000;

export function SecretDialog({ title, read, rotate, onClose }: Props) {
  const [secret, setSecret] = useState<string | null>(null);
  /** When the old secret stops signing; null before rotation. */
  const [overlapEnd, setOverlapEnd] = useState<Date | null>(null);
  const isRotated = overlapEnd !== null;
  const { isBusy, error, run } = useAction();
  const reveal = () => run(async () => setSecret(await read()));
  const replace = () =>
    run(async () => {
      setSecret(await rotate());
      setOverlapEnd(new Date(Date.now() + OVERLAP_MS));
    });
  return (
    <Dialog title={title} onClose={onClose}>
      {secret === null ? (
        <button type="button" disabled={isBusy} onClick={reveal}>
          Reveal
        </button>
      ) : (
        <>
          <Secret text={secret} label="secret" />
          <Verifiers />
        </>
      )}
      {overlapEnd !== null ? (
        <p role="status">
          This is the new secret. Until {overlapEnd.toLocaleString()}, webhooks are signed with both secrets. Update
          your receivers before then.
        </p>
      ) : (
        <p class="hint">
          Rotating creates a new secret. For 24 hours, webhooks are signed with both the old and the new secret, so you
          can update receivers one at a time. Then the old secret stops signing.
        </p>
      )}
      <Failure error={error} />
      <div class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
        {!isRotated && (
          <button type="button" class="danger" disabled={isBusy} onClick={replace}>
            Rotate
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface RequestSecretProps {
  readonly onRotated?: () => void;
  readonly onClose: () => void;
}

/** For the secret of the account and mode, which signs webhooks that requests set. */
export function RequestSecretDialog({ onRotated, onClose }: RequestSecretProps) {
  const { client } = useSession();
  return (
    <SecretDialog
      title="Signing secret for per-request webhooks"
      read={async () => (await client.getWebhookSecret()).secret}
      rotate={async () => {
        const { secret } = await client.rotateWebhookSecret();
        onRotated?.();
        return secret;
      }}
      onClose={onClose}
    />
  );
}
