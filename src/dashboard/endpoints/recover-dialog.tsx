// Asks since when failed deliveries are sent again, and shows how many these are before they are.

import { useState } from "preact/hooks";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { useAction, useLoad, useSession } from "../shared/hooks.ts";
import { Dialog, Failure } from "../shared/ui.tsx";
import { counted } from "../shared/units.ts";
import { isBeforeLog, sinces } from "./since.ts";

interface Props {
  readonly endpoint: EndpointView;
  readonly onStarted: () => void;
  readonly onClose: () => void;
}

export function RecoverDialog({ endpoint, onStarted, onClose }: Props) {
  const { client } = useSession();
  const { id, enabled } = endpoint;
  // The choices stay as they were when the dialog was opened.
  const [choices] = useState(() => sinces(endpoint, Date.now()));
  const [chosen, setChosen] = useState(0);
  const [typed, setTyped] = useState("");
  const own = Date.parse(typed);
  const at = choices[chosen]?.at ?? own;
  const since = Number.isNaN(at) ? null : new Date(at).toISOString();
  const { value, error, isOld, reload } = useLoad(since ?? "", async () =>
    since === null ? null : client.recoverEndpoint(id, { since, dry_run: true }),
  );
  const isUncounted = isBeforeLog(at, Date.now());
  const { isBusy, error: refused, run } = useAction();
  const matching = isOld || value === null ? null : value.matching;
  const recover = async () => {
    const isStarted = await run(async () => {
      // Nothing is sent to a disabled endpoint.
      if (!enabled) await client.changeEndpoint(id, { enabled: true });
      await client.recoverEndpoint(id, { since });
    });
    onStarted();
    if (isStarted) onClose();
  };
  return (
    <Dialog title="Recover failed deliveries" onClose={onClose}>
      <fieldset class="choices">
        <legend>Since</legend>
        {[...choices.map(({ label }) => label), "another time"].map((label, index) => (
          <label key={label} class="check">
            <input type="radio" name="since" checked={index === chosen} onChange={() => setChosen(index)} /> {label}
          </label>
        ))}
        {chosen === choices.length && (
          <input
            type="datetime-local"
            aria-label="Date and time"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </fieldset>
      <p class="matching" role="status">
        {since === null ? (
          "Enter a date and time."
        ) : matching === null ? (
          error === null && "Counting …"
        ) : (
          <>
            <strong>
              {matching === 0 ? "No failed deliveries" : counted(matching, "failed delivery", "failed deliveries")}
            </strong>{" "}
            of generations accepted since {new Date(at).toLocaleString()}.
          </>
        )}
      </p>
      <p class="hint">
        {choices[chosen]?.isEarlier &&
          "This begins a day earlier, because a generation that was accepted before may have ended after. "}
        {isUncounted && "Only the last 30 days are counted, but older failed deliveries are sent again, too. "}
        Each is sent again with the same webhook-id and body, so a receiver that already has one can tell.
        {!enabled && " The endpoint is disabled, and is enabled first."}
      </p>
      <Failure error={error} retry={reload} />
      <Failure error={refused} />
      <div class="actions">
        <button type="button" onClick={onClose}>
          Go back
        </button>
        <button
          type="button"
          class="primary"
          disabled={isBusy || matching === null || (matching === 0 && !isUncounted)}
          onClick={recover}
        >
          {enabled ? "Send" : "Enable, and send"} {matching ? `${matching.toLocaleString("en")} again` : "again"}
        </button>
      </div>
    </Dialog>
  );
}
