// Webhook deliveries of one generation with the request and response of each attempt, and webhooks without deliveries.

import { useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { USER_AGENT } from "../../contract/version.ts";
import { useAction, useReadOnly, useSession } from "../shared/hooks.ts";
import { prettyJson } from "../shared/pretty-json.ts";
import { Badge, Copy, Failure, Moment, Pre } from "../shared/ui.tsx";
import { lengthOf } from "../shared/units.ts";
import { isGood } from "./timeline.tsx";

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
  const reading = useAction();
  const [body, setBody] = useState<string | null>(null);
  const { id, event, url, state, attempts, next_attempt_at } = delivery;
  const loadBody = () =>
    reading.run(async () => {
      setBody((await client.getDelivery(generationId, id)).body);
    });
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
      <ol class="attempts" reversed>
        {attempts
          .map((attempt, index) => (
            <li key={attempt.at}>
              <details onToggle={(event) => event.currentTarget.open && body === null && loadBody()}>
                <summary>
                  <Outcome attempt={attempt} /> Attempt {index + 1}, {attempt.duration_ms} ms,{" "}
                  <Moment at={attempt.at} now={now} />
                </summary>
                <div class="exchange">
                  <Sent delivery={delivery} index={index} body={body} />
                  <Answered attempt={attempt} />
                </div>
              </details>
            </li>
          ))
          .reverse()}
      </ol>
      <Failure error={reading.error} retry={loadBody} />
    </li>
  );
}

type Attempt = DeliveryView["attempts"][number];

function Outcome({ attempt: { status_code, error } }: { attempt: Attempt }) {
  const isDelivered = isGood(status_code);
  return (
    <span class={`outcome ${isDelivered ? "good" : "bad"}`}>
      {isDelivered ? "✓" : "×"} {status_code ?? error ?? "no response"}
    </span>
  );
}

/** How the API's error starts if nothing was sent. */
const NOT_SENT = "not sent: ";

function Sent({ delivery, index, body }: { delivery: DeliveryView; index: number; body: string | null }) {
  const isSent = !delivery.attempts[index]?.error?.startsWith(NOT_SENT);
  return (
    <div>
      <h3>Request</h3>
      {isSent ? <Pre>{requestOf(delivery, index, body)}</Pre> : <p>No request was sent.</p>}
      {isSent && body !== null && <Copy text={body} label={`body of attempt ${index + 1}`} />}
    </div>
  );
}

function Answered({ attempt: { status_code, error, response } }: { attempt: Attempt }) {
  return (
    <div>
      <h3>Response{status_code !== null && ` ${status_code}`}</h3>
      {error !== null && <p>{error}</p>}
      {status_code !== null && <Pre>{response === null ? "(not kept)" : response || "(empty)"}</Pre>}
    </div>
  );
}

/**
 * The request as far as it is known. Signatures are computed for each attempt and not stored. Redelivery restarts the
 * attempt number, so it is known only for the first attempt.
 */
function requestOf({ id, url, endpoint_id, attempts }: DeliveryView, index: number, body: string | null): string {
  const seconds = Math.floor(Date.parse(attempts[index]?.at ?? "") / 1000);
  return `POST ${url}
content-type: application/json
user-agent: ${USER_AGENT}
webhook-id: ${id}
webhook-timestamp: ${seconds}
webhook-signature: v1,… v1a,… (not stored)
reelhook-attempt: ${index === 0 ? 1 : "(not stored)"}
${endpoint_id === null ? "" : "(plus the custom headers of this endpoint)\n"}
${body === null ? "…" : prettyJson(body)}`;
}
