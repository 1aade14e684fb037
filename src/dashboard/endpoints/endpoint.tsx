// The page of one webhook endpoint: what is wrong with it, how to make up for it, and what it was sent.

import { useEffect, useState } from "preact/hooks";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { useEvents, useLoad, useNow, useReadOnly, useSession } from "../shared/hooks.ts";
import type { LiveEvent } from "../shared/live.ts";
import { Age, Badge, Failure, Heading, WithCopy } from "../shared/ui.tsx";
import { EndpointActions } from "./endpoint-actions.tsx";
import { HoursChart } from "./hours-chart.tsx";
import { LastAnswer } from "./last-answer.tsx";
import { Log } from "./log.tsx";
import { Recovery } from "./recovery.tsx";
import { addressOf, isDisabledForFailing, stateOf } from "./state.ts";

interface Props {
  readonly id: string;
  /** The query of the page's address. */
  readonly query: string;
}

/** Between two looks at a recovery that is under way. */
const LOOK_MS = 2_000;

export function EndpointPage({ id, query }: Props) {
  const { client } = useSession();
  const now = useNow();
  /** Counts what may have changed the log. */
  const [changes, setChanges] = useState(0);
  const { value: endpoint, error, reload } = useLoad(id, () => client.getEndpoint(id));
  const refresh = () => {
    reload();
    setChanges((count) => count + 1);
  };
  useEvents((event) => {
    if (endpoint === null || isAbout(event, endpoint)) refresh();
  });
  const isRecovering = endpoint?.recovery?.finished_at === null;
  useEffect(() => {
    if (!isRecovering) return;
    const timer = setInterval(refresh, LOOK_MS);
    return () => clearInterval(timer);
  }, [isRecovering]);
  return (
    <>
      <p class="crumbs">
        <a href="#/webhooks">Webhooks</a> /
      </p>
      <div class="title endpoint-title">
        <Heading title={endpoint === null ? "Webhook endpoint" : addressOf(endpoint.url)} isCode />
        {endpoint !== null && <Badge state={stateOf(endpoint)} />}
      </div>
      <Failure error={error} retry={reload} />
      {endpoint === null && error === null && <p class="loading">Loading …</p>}
      {endpoint !== null && (
        <>
          {endpoint.description !== "" && <p class="description">{endpoint.description}</p>}
          <EndpointActions endpoint={endpoint} onChanged={refresh} />
          <Disabled endpoint={endpoint} now={now} />
          <div class="columns endpoint">
            <LastAnswer endpoint={endpoint} now={now} />
            <HoursChart hours={endpoint.health.hours} now={now} />
          </div>
          <Recovery endpoint={endpoint} now={now} onStarted={refresh} />
          <Settings endpoint={endpoint} />
          <Log endpoint={endpoint} query={query} changes={changes} now={now} onChanged={refresh} />
        </>
      )}
    </>
  );
}

/** Whether an event of the scope is about the endpoint. Endpoints with the same URL share their deliveries. */
function isAbout({ type, data }: LiveEvent, { id, url }: EndpointView): boolean {
  if (type === "open" || type === "reset") return true;
  if (type !== "delivery.attempted") return false;
  const { data: attempted } = data as { readonly data: { readonly endpoint_id: string | null; readonly url: string } };
  return attempted.endpoint_id === id || attempted.url === url;
}

/** Why the endpoint is disabled, and what becomes of its events. */
function Disabled({ endpoint, now }: { endpoint: EndpointView; now: number }) {
  const isReadOnly = useReadOnly();
  const { enabled, disabled_at, disabled_reason } = endpoint;
  if (enabled) return null;
  return (
    <div class="notice">
      <p>
        <strong>Disabled {disabled_at !== null && <Age since={disabled_at} now={now} />}.</strong> {disabled_reason}
      </p>
      <p>
        {isDisabledForFailing(endpoint)
          ? "Nothing is sent to it. New events are recorded as failed deliveries: fix the receiver, enable the endpoint, and recover them."
          : "Nothing is sent to it. New events are not recorded for it, and cannot be recovered later."}
        {!isReadOnly &&
          " Send a test event to see whether the receiver works: tests are sent to disabled endpoints, too."}
      </p>
    </div>
  );
}

function Settings({ endpoint }: { endpoint: EndpointView }) {
  const { id, url, events, headers, client_certificate, created_at } = endpoint;
  const named = Object.entries(headers);
  return (
    <details class="panel settings">
      <summary>
        <h2>Settings</h2>
      </summary>
      <dl class="facts">
        <div>
          <dt>URL</dt>
          <dd>
            <WithCopy text={url} label="URL" />
          </dd>
        </div>
        <div>
          <dt>ID</dt>
          <dd>
            <WithCopy text={id} label="ID" />
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd>{events.join(", ")}</dd>
        </div>
        <div>
          <dt>Headers</dt>
          <dd>
            {named.length === 0
              ? "none"
              : named.map(([name, value]) => <Header key={name} name={name} value={value} />)}
          </dd>
        </div>
        <div>
          <dt>Client certificate</dt>
          <dd>{client_certificate ? "presented" : "not presented"}</dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <time dateTime={created_at}>{new Date(created_at).toLocaleString()}</time>
          </dd>
        </div>
      </dl>
    </details>
  );
}

function Header({ name, value }: { name: string; value: string }) {
  return (
    <code class="header">
      {name}: {value}
    </code>
  );
}
