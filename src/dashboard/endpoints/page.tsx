// The list of webhook endpoints, those that need attention first, and the keys of per-request webhooks.

import { useState } from "preact/hooks";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { Outcome } from "../generation/attempts.tsx";
import { useEvents, useLoad, useNow, useReadOnly, useSession } from "../shared/hooks.ts";
import { Age, Badge, Empty, Failure, Heading } from "../shared/ui.tsx";
import { ageOf } from "../shared/units.ts";
import { diagnosis } from "./diagnosis.ts";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { sumOf } from "./hours.ts";
import { RequestKeys } from "./request-keys.tsx";
import { addressOf, byUrgency, eventNames, lastAttempt, lastFailure, stateOf } from "./state.ts";

export function WebhooksPage() {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const [isAdding, setAdding] = useState(false);
  // Loaded together, so that the layout does not shift when the second response arrives.
  const { value, error, reload } = useLoad("webhooks", async () => {
    const [{ data: endpoints }, own] = await Promise.all([
      client.listEndpoints(),
      isReadOnly ? null : client.getWebhookSecret(),
    ]);
    // The page does not keep the secret, which only the dialog shows.
    return { endpoints, own: own && { public_key: own.public_key, public_key_url: own.public_key_url } };
  });
  useEvents(({ type }) => {
    if (type === "delivery.attempted" || type === "open" || type === "reset") reload();
  });
  return (
    <>
      <div class="title">
        <Heading title="Webhooks" />
        {!isReadOnly && (
          <button type="button" class="primary" onClick={() => setAdding(true)}>
            Add endpoint
          </button>
        )}
      </div>
      <Failure error={error} retry={reload} />
      {value === null && error === null && <p class="loading">Loading …</p>}
      {value !== null && (value.endpoints.length === 0 ? <None /> : <Table endpoints={value.endpoints} />)}
      {value?.own && <RequestKeys own={value.own} reload={reload} />}
      {isAdding && <EndpointDialog endpoint={null} onClose={() => setAdding(false)} onSaved={reload} />}
    </>
  );
}

function None() {
  const { mode } = useSession().account;
  return (
    <Empty title="No webhook endpoints">
      <p>
        An endpoint is a URL of yours that is told when any generation of this account in {mode} mode ends. Add one, and
        send it a test event. To be told of a single generation, name a webhook in its request instead.
      </p>
    </Empty>
  );
}

function Table({ endpoints }: { endpoints: readonly EndpointView[] }) {
  const now = useNow();
  return (
    <table class="table stacks endpoints">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Endpoint</th>
          <th scope="col">Last 24 hours</th>
          <th scope="col">Last answer</th>
        </tr>
      </thead>
      <tbody>
        {byUrgency(endpoints).map((endpoint) => (
          <Row key={endpoint.id} endpoint={endpoint} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ endpoint, now }: { endpoint: EndpointView; now: number }) {
  const { id, url, events, description, disabled_reason, health } = endpoint;
  const { failing_since, hours } = health;
  const last = lastAttempt(endpoint);
  const { succeeded, failed } = sumOf(hours);
  const failure = lastFailure(endpoint);
  return (
    <tr>
      <td>
        <Badge state={stateOf(endpoint)} />
        {endpoint.enabled && failing_since !== null && (
          <p class="hint">
            for{" "}
            <time dateTime={failing_since} title={new Date(failing_since).toLocaleString()}>
              {ageOf(now - Date.parse(failing_since))}
            </time>
          </p>
        )}
      </td>
      <td>
        <a class="whole url" href={`#/webhooks/${id}`} title={url}>
          {addressOf(url)}
        </a>
        {description !== "" && <p class="description">{description}</p>}
        <p class="hint">{disabled_reason ?? eventNames(events)}</p>
      </td>
      <td>
        {succeeded + failed === 0 ? (
          "Nothing sent"
        ) : (
          <>
            {succeeded} of {succeeded + failed} succeeded<span class="unit"> in the last 24 hours</span>
          </>
        )}
      </td>
      <td>
        {last === null ? (
          "No answer yet"
        ) : (
          <>
            <Outcome attempt={last} /> <Age since={last.at} now={now} />
            {failure !== null && <p class="hint">{diagnosis(failure).title}</p>}
          </>
        )}
      </td>
    </tr>
  );
}
