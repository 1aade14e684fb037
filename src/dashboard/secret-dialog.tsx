// A signing secret: shown when asked for, and replaced with an overlap.

import { useState } from "preact/hooks";
import { useAction } from "./hooks.ts";
import { Copy, Dialog, Failure } from "./ui.tsx";

interface Props {
  readonly title: string;
  readonly read: () => Promise<string>;
  readonly rotate: () => Promise<string>;
  readonly onClose: () => void;
}

const OVERLAP_MS = 24 * 60 * 60 * 1000;

export function SecretDialog({ title, read, rotate, onClose }: Props) {
  const [secret, setSecret] = useState<string | null>(null);
  /** When the old one ends; null before rotation. */
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
        <p class="secret">
          <code data-testid="secret">{secret}</code> <Copy text={secret} label="the secret" />
        </p>
      )}
      {overlapEnd !== null ? (
        <p role="status">
          This is the new one. Until {overlapEnd.toLocaleString()} each callback is signed with both, so give it to your
          receivers before then.
        </p>
      ) : (
        <p class="hint">
          Rotating makes a new secret. For 24 hours callbacks carry two signatures, of the old and of the new, so that
          receivers can change over one by one; after that the old one signs nothing.
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
