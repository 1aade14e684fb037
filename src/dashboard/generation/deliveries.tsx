// Webhook deliveries of one generation with the request and response of each attempt, and webhooks without deliveries.

import type { DeliveryView } from "../../contract/deliveries.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { Badge, Copy, Failure } from "../shared/ui.tsx";
import { lengthOf } from "../shared/units.ts";
import { Attempts } from "./attempts.tsx";

interface Props {
  readonly generation: GenerationView;
  readonly deliveries: readonly DeliveryView[];
  readonly now: number;
  readonly reload: () => void;
}

export function Deliveries({ generation, deliveries, now, reload }: Props) {
  const waiting = generation.webhooks.filter(({ url }) => deliveries.every((delivery) => delivery.url !== url));
  if (deliveries.length === 0 && waiting.length === 0) {
    return (
      <p class="hint">
        No webhook deliveries yet. Set <code>webhook_url</code> in the request, or add a{" "}
        <a href="#/webhooks">webhook endpoint</a>.
      </p>
    );
  }
  return (
    <ul class="deliveries">
      {waiting.map((webhook) => (
        <Waiting key={webhook.url} webhook={webhook} />
      ))}
      {deliveries.map((delivery) => (
        <One key={delivery.id} generationId={generation.id} delivery={delivery} now={now} reload={reload} />
      ))}
    </ul>
  );
}

/** A webhook of the request that has no deliveries yet. */
function Waiting({ webhook: { url, events, state } }: { webhook: GenerationView["webhooks"][number] }) {
  return (
    <li class="card">
      <div class="title">
        <Badge state={state === "pending" ? "waiting" : state} />
        <span class="url">{url}</span>
      </div>
      <p class="hint">
        {state === "pending" ? "Waiting for " : "None of its events occurred: "}
        {events.join(", ")}
      </p>
    </li>
  );
}

interface OneProps {
  readonly generationId: string;
  readonly delivery: DeliveryView;
  readonly now: number;
  readonly reload: () => void;
}

function One({ generationId, delivery, now, reload }: OneProps) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const { isBusy, error, run } = useAction();
  const { id, event, url, state, next_attempt_at } = delivery;
  const redeliver = async () => {
    await run(() => client.redeliver(generationId, id));
    reload();
  };
  const wait = next_attempt_at === null ? 0 : Math.ceil((Date.parse(next_attempt_at) - now) / 1_000) * 1_000;
  return (
    <li class="card">
      <div class="title">
        <Badge state={state} />
        <strong>{event}</strong>
        <span class="url">{url}</span>
        <Copy text={id} label="message ID" />
        {!isReadOnly && (
          <button type="button" class="small" disabled={isBusy} onClick={redeliver}>
            Redeliver
          </button>
        )}
      </div>
      <Failure error={error} />
      {next_attempt_at !== null && <p class="hint">Next attempt {wait > 0 ? `in ${lengthOf(wait)}` : "now"}</p>}
      <Attempts generationId={generationId} delivery={delivery} now={now} />
    </li>
  );
}
