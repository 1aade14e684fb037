// One delivery: what it is doing, and its attempts.

import type { DeliveryView } from "../../contract/deliveries.ts";
import { diagnosis } from "../endpoints/diagnosis.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { Badge, Copy, Failure } from "../shared/ui.tsx";
import { Attempts } from "./attempts.tsx";
import { conditionOf, describeDelivery, isGood } from "./delivery-state.ts";

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
  const { id, event, url, endpoint_id, attempts } = delivery;
  const condition = conditionOf(delivery);
  const failure = condition === "delivered" ? undefined : attempts.findLast((each) => !isGood(each.status_code));
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
        <Copy text={id} label="message ID" isNamed={true} />
        {!isReadOnly && (
          <button type="button" class="small" disabled={isBusy} onClick={redeliver}>
            Redeliver
          </button>
        )}
      </div>
      <p class="condition">
        {describeDelivery(delivery, now)}
        {failure !== undefined && <span class="cause">{diagnosis(failure).title}.</span>}
      </p>
      <Failure error={error} />
      <Attempts generationId={generationId} delivery={delivery} now={now} />
    </li>
  );
}
