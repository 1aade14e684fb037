// Callbacks of one generation: who waits for what, and each attempt with what was sent and what came back.

import { useState } from "preact/hooks";
import { answerOf, type Delivery, type Generation } from "./api.ts";
import { useAction, useSigned } from "./hooks.ts";
import { isGood } from "./timeline.tsx";
import { Badge, Copy, Failure, Moment, Pre } from "./ui.tsx";
import { lengthOf } from "./units.ts";

interface Props {
  readonly generation: Generation;
  readonly deliveries: readonly Delivery[];
  readonly now: number;
  readonly reload: () => void;
}

export function Deliveries({ generation, deliveries, now, reload }: Props) {
  const waiting = generation.webhooks.filter(({ url }) => deliveries.every((delivery) => delivery.url !== url));
  if (deliveries.length === 0 && waiting.length === 0) {
    return (
      <p class="hint">
        Nobody is told of this generation so far. Name a <code>webhook_url</code> in the request, or add a standing{" "}
        <a href="#/webhooks">webhook</a>.
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

/** Named in the request, and not told of anything yet. */
function Waiting({ webhook: { url, events, state } }: { webhook: Generation["webhooks"][number] }) {
  return (
    <li class="card">
      <div class="title">
        <Badge state={state === "pending" ? "waiting" : state} />
        <span class="url">{url}</span>
      </div>
      <p class="hint">
        {state === "pending" ? "Waits for " : "Nothing has happened that it asked for: "}
        {events.join(", ")}
      </p>
    </li>
  );
}

interface OneProps {
  readonly generationId: string;
  readonly delivery: Delivery;
  readonly now: number;
  readonly reload: () => void;
}

function One({ generationId, delivery, now, reload }: OneProps) {
  const { client } = useSigned();
  const { isBusy, error, run } = useAction();
  const reading = useAction();
  const [body, setBody] = useState<string | null>(null);
  const { id, event, url, state, attempts, next_attempt_at } = delivery;
  const address = client.v1.generations[":id"].deliveries[":delivery"];
  const loadBody = () =>
    reading.run(async () => {
      setBody((await answerOf(address.$get({ param: { id: generationId, delivery: id } }))).body);
    });
  const redeliver = async () => {
    await run(() => answerOf(address.redeliver.$post({ param: { id: generationId, delivery: id } })));
    reload();
  };
  const wait = next_attempt_at === null ? 0 : Math.ceil((Date.parse(next_attempt_at) - now) / 1_000) * 1_000;
  return (
    <li class="card">
      <div class="title">
        <Badge state={state} />
        <strong>{event}</strong>
        <span class="url">{url}</span>
        <Copy text={id} label="the id of the message" />
        <button type="button" class="small" disabled={isBusy} onClick={redeliver}>
          Redeliver
        </button>
      </div>
      <Failure error={error} />
      {next_attempt_at !== null && <p class="hint">Next attempt {wait > 0 ? `in ${lengthOf(wait)}` : "now"}</p>}
      <ol class="attempts" reversed>
        {attempts
          .map((attempt, index) => (
            <li key={attempt.at}>
              <details onToggle={(event) => event.currentTarget.open && body === null && loadBody()}>
                <summary>
                  <Outcome attempt={attempt} /> attempt {index + 1}, {attempt.duration_ms} ms,{" "}
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

type Attempt = Delivery["attempts"][number];

function Outcome({ attempt: { status_code, error } }: { attempt: Attempt }) {
  const isDelivered = isGood(status_code);
  return (
    <span class={`outcome ${isDelivered ? "good" : "bad"}`}>
      {isDelivered ? "✓" : "×"} {status_code ?? error ?? "no answer"}
    </span>
  );
}

/** The API's own word for an attempt that was called off. */
const NOT_SENT = "not sent: ";

function Sent({ delivery, index, body }: { delivery: Delivery; index: number; body: string | null }) {
  const isSent = !delivery.attempts[index]?.error?.startsWith(NOT_SENT);
  return (
    <div>
      <h3>Request</h3>
      {isSent ? <Pre>{requestOf(delivery, index, body)}</Pre> : <p>Nothing was sent.</p>}
      {isSent && body !== null && <Copy text={body} label={`the body of attempt ${index + 1}`} />}
    </div>
  );
}

function Answered({ attempt: { status_code, error, response } }: { attempt: Attempt }) {
  return (
    <div>
      <h3>Answer{status_code !== null && ` ${status_code}`}</h3>
      {error !== null && <p>{error}</p>}
      {status_code !== null && <Pre>{response || "(empty)"}</Pre>}
    </div>
  );
}

/** As far as it is kept: signatures are made anew for each attempt, and redelivery begins to count again. */
function requestOf({ id, url, endpoint_id, attempts }: Delivery, index: number, body: string | null): string {
  const seconds = Math.floor(Date.parse(attempts[index]?.at ?? "") / 1000);
  return `POST ${url}
content-type: application/json
user-agent: Reelhook
webhook-id: ${id}
webhook-timestamp: ${seconds}
webhook-signature: v1,… v1a,… (not kept)
reelhook-attempt: ${index === 0 ? 1 : "(the number of the try)"}
${endpoint_id === null ? "" : "(and the headers of this webhook)\n"}
${body === null ? "…" : pretty(body)}`;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
