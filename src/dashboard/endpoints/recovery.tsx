// Sends the failed deliveries of a webhook endpoint again, and shows how far that has come.

import { useState } from "preact/hooks";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { useReadOnly } from "../shared/hooks.ts";
import { Age } from "../shared/ui.tsx";
import { counted } from "../shared/units.ts";
import { RecoverDialog } from "./recover-dialog.tsx";

interface Props {
  readonly endpoint: EndpointView;
  readonly now: number;
  readonly onStarted: () => void;
}

export function Recovery({ endpoint, now, onStarted }: Props) {
  const isReadOnly = useReadOnly();
  const [isOpen, setOpen] = useState(false);
  const { recovery } = endpoint;
  if (isReadOnly && recovery === null) return null;
  return (
    <section class="panel recovery" aria-labelledby="recovery-title">
      <div class="panel-title">
        <h2 id="recovery-title">Recover</h2>
        {!isReadOnly && (
          <button type="button" class="small" onClick={() => setOpen(true)}>
            Recover since …
          </button>
        )}
      </div>
      <div role="status">
        {recovery === null ? (
          <p class="hint">
            Once the receiver works, send what has failed again. You choose since when, and see how much it is.
          </p>
        ) : (
          <Progress recovery={recovery} now={now} />
        )}
      </div>
      {isOpen && <RecoverDialog endpoint={endpoint} onStarted={onStarted} onClose={() => setOpen(false)} />}
    </section>
  );
}

function Progress({ recovery, now }: { recovery: NonNullable<EndpointView["recovery"]>; now: number }) {
  const { since, matching, resent, started_at, finished_at } = recovery;
  const time = new Date(since).toLocaleString();
  if (finished_at === null) {
    return (
      <>
        <p>
          {resent} of {counted(matching, "failed delivery", "failed deliveries")} sent again, of generations accepted
          since {time}.
        </p>
        {/* Deliveries can fail after it was started. */}
        <progress aria-label="Recovery" value={resent} max={Math.max(matching, resent, 1)} />
        <p class="hint">
          Started <Age since={started_at} now={now} />. At most 20 generations a second are sent again, to spare the
          receiver.
        </p>
      </>
    );
  }
  return (
    <>
      <p>
        ✓ {counted(resent, "delivery", "deliveries")} sent again <Age since={finished_at} now={now} />, of generations
        accepted since {time}.
      </p>
      <p class="hint">The log shows the answers. What fails again is retried for about three days.</p>
    </>
  );
}
