// What can be done to a webhook endpoint, and the dialogs that ask before.

import { useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { Outcome } from "../generation/attempts.tsx";
import { isGood } from "../generation/delivery-state.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { Confirm, Failure, Pre } from "../shared/ui.tsx";
import { lengthOf } from "../shared/units.ts";
import { diagnosis } from "./diagnosis.ts";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { SecretDialog } from "./secret-dialog.tsx";
import { addressOf } from "./state.ts";

interface Props {
  readonly endpoint: EndpointView;
  readonly onChanged: () => void;
}

export function EndpointActions({ endpoint, onChanged }: Props) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const [open, setOpen] = useState<"edit" | "secret" | "disable" | "delete" | null>(null);
  const [tested, setTested] = useState<DeliveryView | null>(null);
  const { isBusy, error, run } = useAction();
  const { id, enabled } = endpoint;
  if (isReadOnly) return null;
  const close = () => setOpen(null);
  const test = () =>
    run(async () => {
      setTested(null);
      setTested(await client.testEndpoint(id));
      onChanged();
    });
  const enable = () =>
    run(async () => {
      await client.changeEndpoint(id, { enabled: true });
      onChanged();
    });
  return (
    <>
      <div class="actions">
        <button type="button" class="small" aria-disabled={isBusy} onClick={isBusy ? undefined : test}>
          Send test event
        </button>
        <button type="button" class="small" onClick={() => setOpen("edit")}>
          Edit
        </button>
        <button type="button" class="small" onClick={() => setOpen("secret")}>
          Signing secret
        </button>
        <button
          type="button"
          class={enabled ? "small risky" : "small"}
          aria-disabled={isBusy}
          onClick={enabled ? () => setOpen("disable") : isBusy ? undefined : enable}
        >
          {enabled ? "Disable" : "Enable"}
        </button>
        <button type="button" class="small risky" onClick={() => setOpen("delete")}>
          Delete
        </button>
      </div>
      <Failure error={error} />
      <div role="status">{tested !== null && <Tested delivery={tested} />}</div>
      {open === "edit" && <EndpointDialog endpoint={endpoint} onClose={close} onSaved={onChanged} />}
      {open === "secret" && (
        <SecretDialog
          title={`Signing secret of ${addressOf(endpoint.url)}`}
          read={async () => (await client.getEndpointSecret(id)).secret}
          rotate={async () => (await client.rotateEndpointSecret(id)).secret}
          onClose={close}
        />
      )}
      {open === "disable" && <Disable id={id} onDisabled={onChanged} onClose={close} />}
      {open === "delete" && <Delete id={id} onClose={close} />}
    </>
  );
}

interface DisableProps {
  readonly id: string;
  readonly onDisabled: () => void;
  readonly onClose: () => void;
}

function Disable({ id, onDisabled, onClose }: DisableProps) {
  const { client } = useSession();
  const { isBusy, error, run } = useAction();
  const disable = async () => {
    if (!(await run(() => client.changeEndpoint(id, { enabled: false })))) return;
    onClose();
    onDisabled();
  };
  return (
    <Confirm
      title="Disable this endpoint?"
      action="Disable endpoint"
      isBusy={isBusy}
      error={error}
      onConfirm={disable}
      onClose={onClose}
    >
      <ul>
        <li>
          Events that happen while it is disabled are not recorded for it. They <strong>cannot be recovered</strong>{" "}
          later.
        </li>
        <li>
          Deliveries that wait for a retry are not sent. Each time one is due, an attempt is used up, and after the last
          one the delivery fails. Failed deliveries can be recovered once the endpoint is enabled again.
        </li>
        <li>Webhooks that requests name are sent as before, even to the same URL.</li>
      </ul>
      <p class="hint">
        To only stop for the time that your receiver is down, leave it enabled: deliveries are retried for about three
        days, and what fails can be recovered.
      </p>
    </Confirm>
  );
}

function Delete({ id, onClose }: { id: string; onClose: () => void }) {
  const { client } = useSession();
  const { isBusy, error, run } = useAction();
  const remove = async () => {
    if (await run(() => client.deleteEndpoint(id))) location.hash = "#/webhooks";
  };
  return (
    <Confirm
      title="Delete this endpoint?"
      action="Delete endpoint"
      isBusy={isBusy}
      error={error}
      onConfirm={remove}
      onClose={onClose}
    >
      <ul>
        <li>It gets no more events, and its signing secret and this log are gone.</li>
        <li>
          Deliveries that wait for a retry fail, unless another enabled endpoint has the same URL and gets the same
          event.
        </li>
        <li>What failed can no longer be recovered here. The page of each generation still lists its deliveries.</li>
      </ul>
    </Confirm>
  );
}

function Tested({ delivery: { attempts } }: { delivery: DeliveryView }) {
  const attempt = attempts.at(-1);
  if (attempt === undefined) return <p class="tested">Test event sent. There was no answer within 10 seconds.</p>;
  const isDelivered = isGood(attempt.status_code);
  return (
    <div class={`tested ${isDelivered ? "good" : "bad"}`}>
      <p>
        Test event: <Outcome attempt={attempt} /> after {lengthOf(attempt.duration_ms)}
      </p>
      {isDelivered ? (
        <p class="hint">The receiver works. If deliveries have failed, recover them below.</p>
      ) : (
        <p class="hint">{diagnosis(attempt).title}.</p>
      )}
      {attempt.status_code !== null && <Pre>{attempt.response || "(empty)"}</Pre>}
    </div>
  );
}
