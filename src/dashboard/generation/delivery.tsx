// One delivery: what it is doing, and its attempts.

import type { DeliveryView } from "../../contract/deliveries.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { Badge, Copy, Failure } from "../shared/ui.tsx";
import { Attempts } from "./attempts.tsx";
import { conditionOf, describeDelivery } from "./delivery-state.ts";

interface Props {
  readonly generationId: string;
  readonly delivery: DeliveryView;
  readonly now: number;
  readonly reload: () => void;
}

export function Delivery({ generationId, delivery, now, reload }: Props) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const { isBusy, error, run } = useAction();
  const { id, event, url, endpoint_id } = delivery;
  const condition = conditionOf(delivery);
  const redeliver = async () => {
    await run(() => client.redeliver(generationId, id));
    reload();
  };
  return (
    <li class={`card delivery ${condition}`} data-delivery={id}>
      <div class="title">
        <Badge state={condition} />
        <strong>{event}</strong>
        {endpoint_id === null ? (
          <span class="url">{url}</span>
        ) : (
          <a class="url" href={`#/webhooks/${endpoint_id}`}>
            {url}
          </a>
        )}
        <Copy text={id} label="message ID" />
        {!isReadOnly && (
          <button type="button" class="small" disabled={isBusy} onClick={redeliver}>
            Redeliver
          </button>
        )}
      </div>
      <p class="condition">{describeDelivery(delivery, now)}</p>
      <Failure error={error} />
      <Attempts generationId={generationId} delivery={delivery} now={now} />
    </li>
  );
}
