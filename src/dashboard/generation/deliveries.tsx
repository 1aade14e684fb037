// Who will be told about a generation, and who was: its deliveries, those first that need attention.

import { useRef, useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { isTerminalStatus } from "../../contract/words.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { Badge, Failure } from "../shared/ui.tsx";
import { counted } from "../shared/units.ts";
import { Delivery } from "./delivery.tsx";
import { inOrder, summaryOf } from "./delivery-state.ts";
import { useKeptFocus } from "./kept-focus.ts";
import { announcement, type Recipient, recipientsOf, type Standing } from "./recipients.ts";

interface Props {
  readonly generation: GenerationView;
  readonly deliveries: readonly DeliveryView[];
  /** The webhook endpoints; null if they are not known. */
  readonly endpoints: readonly Standing[] | null;
  readonly now: number;
  readonly reload: () => void;
}

/** With more deliveries than this, the delivered ones are folded. */
const MANY = 8;

export function Deliveries({ generation, deliveries, endpoints, now, reload }: Props) {
  const isOver = isTerminalStatus(generation.status);
  const isReadOnly = useReadOnly();
  const list = useRef<HTMLDivElement>(null);
  useKeptFocus(list);
  const recipients = recipientsOf(generation, deliveries, endpoints);
  const skipped = isOver ? generation.webhooks.filter(({ state }) => state === "skipped") : [];
  const isFolded = (each: DeliveryView) => deliveries.length > MANY && each.state === "delivered";
  const ordered = inOrder(deliveries);
  const folded = ordered.filter(isFolded);
  const one = (delivery: DeliveryView) => (
    <Delivery key={delivery.id} generationId={generation.id} delivery={delivery} now={now} reload={reload} />
  );
  return (
    <div ref={list}>
      {deliveries.length + recipients.length + skipped.length === 0 && (
        <Nobody isOver={isOver} isKnown={isOver || endpoints !== null} />
      )}
      <Recipients recipients={recipients} />
      {deliveries.length > 0 && (
        <div class="title">
          <p class="summary">
            {counted(new Set(deliveries.map(({ url }) => url)).size, "webhook")}: {summaryOf(deliveries)}
          </p>
          {!isReadOnly && <RedeliverAll generationId={generation.id} deliveries={deliveries} reload={reload} />}
        </div>
      )}
      <ul class="deliveries">{ordered.filter((each) => !isFolded(each)).map(one)}</ul>
      {folded.length > 0 && (
        <details>
          <summary>{folded.length} delivered</summary>
          <ul class="deliveries">{folded.map(one)}</ul>
        </details>
      )}
      <ul class="deliveries">
        {skipped.map(({ url, events }) => (
          <li key={url} class="card">
            <div class="title">
              <Badge state="skipped" />
              <span class="url">{url}</span>
            </div>
            <p class="hint">None of its events occurred: {events.join(", ")}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Nobody({ isOver, isKnown }: { isOver: boolean; isKnown: boolean }) {
  if (!isKnown) return <p class="hint">The webhook endpoints cannot be read at the moment.</p>;
  return (
    <p class="hint">
      {isOver ? "No webhook was told." : "No webhook will be told."} Set <code>webhook_url</code> in the request, or add
      a <a href="#/webhooks">webhook endpoint</a>.
    </p>
  );
}

function Recipients({ recipients }: { recipients: readonly Recipient[] }) {
  if (recipients.length === 0) return null;
  return (
    <details class="recipients" open={recipients.length <= MANY}>
      <summary>{announcement(recipients)}</summary>
      <ul class="deliveries">
        {recipients.map(({ url, events, endpointId }) => (
          <li key={url}>
            <div class="title">
              <Badge state="waiting" />
              {endpointId === null ? (
                <span class="url">{url}</span>
              ) : (
                <a class="url" href={`#/webhooks/${endpointId}`}>
                  {url}
                </a>
              )}
            </div>
            <p class="hint">Waiting for {events.join(", ")}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface RedeliverAllProps {
  readonly generationId: string;
  readonly deliveries: readonly DeliveryView[];
  readonly reload: () => void;
}

/** One failed delivery has its own button. */
function RedeliverAll({ generationId, deliveries, reload }: RedeliverAllProps) {
  const { client } = useSession();
  const { isBusy, error, run } = useAction();
  const [done, setDone] = useState(0);
  const failed = deliveries.filter(({ state }) => state === "failed");
  const redeliver = async () => {
    setDone(0);
    await run(async () => {
      for (const { id } of failed) {
        await client.redeliver(generationId, id);
        setDone((count) => count + 1);
      }
    });
    reload();
  };
  return (
    <>
      {(failed.length > 1 || isBusy) && (
        <button type="button" class="small" disabled={isBusy} onClick={redeliver}>
          {isBusy ? `Redelivering, ${done} sent` : `Redeliver all ${failed.length} failed`}
        </button>
      )}
      <Failure error={error} />
    </>
  );
}
