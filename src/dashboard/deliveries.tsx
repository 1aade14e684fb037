// Callbacks of one generation: each attempt with what was sent and what came back.

import { useState } from "preact/hooks";
import { answerOf, type Delivery } from "./api.ts";
import { useAction, useSigned } from "./hooks.ts";
import { Badge, Copy, Failure, lengthOf, Pre } from "./ui.tsx";

interface Props {
  readonly generationId: string;
  readonly deliveries: readonly Delivery[];
  readonly now: number;
  readonly reload: () => void;
}

export function Deliveries({ generationId, deliveries, now, reload }: Props) {
  if (deliveries.length === 0) {
    return (
      <p class="hint">
        Nobody is told of this generation so far. Name a <code>webhook_url</code> in the request, or add a standing{" "}
        <a href="#/webhooks">webhook</a>.
      </p>
    );
  }
  return (
    <ul class="deliveries">
      {deliveries.map((delivery) => (
        <One key={delivery.id} generationId={generationId} delivery={delivery} now={now} reload={reload} />
      ))}
    </ul>
  );
}

function One({ generationId, delivery, now, reload }: Omit<Props, "deliveries"> & { delivery: Delivery }) {
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
  return (
    <li class="card">
      <div class="title">
        <Badge state={state} />
        <strong>{event}</strong>
        <span class="url">{url}</span>
        <button type="button" disabled={isBusy} onClick={redeliver}>
          Redeliver
        </button>
      </div>
      <Failure error={error} />
      {next_attempt_at !== null && (
        <p class="hint" role="status">
          Next attempt {Date.parse(next_attempt_at) > now ? `in ${lengthOf(Date.parse(next_attempt_at) - now)}` : "now"}
        </p>
      )}
      <ol class="attempts">
        {attempts.map((attempt, index) => (
          <li key={attempt.at}>
            <details onToggle={(event) => event.currentTarget.open && body === null && loadBody()}>
              <summary>
                <span class={isGood(attempt.status_code) ? "good" : "bad"}>
                  {attempt.status_code ?? attempt.error ?? "no answer"}
                </span>{" "}
                attempt {index + 1}, {attempt.duration_ms} ms, {new Date(attempt.at).toLocaleTimeString()}
              </summary>
              <h3>Request</h3>
              <Pre>{requestOf(delivery, index, body)}</Pre>
              {body !== null && <Copy text={body} label={`the body of attempt ${index + 1}`} />}
              <h3>Answer</h3>
              {attempt.error !== null && <p>{attempt.error}</p>}
              <Pre>{attempt.response || "(empty)"}</Pre>
            </details>
          </li>
        ))}
      </ol>
      <Failure error={reading.error} retry={loadBody} />
    </li>
  );
}

/** As it was sent. Signatures are made anew for each attempt, and not kept. */
function requestOf({ id, url, attempts }: Delivery, index: number, body: string | null): string {
  const seconds = Math.floor(Date.parse(attempts[index]?.at ?? "") / 1000);
  return `POST ${url}
content-type: application/json
webhook-id: ${id}
webhook-timestamp: ${seconds}
webhook-signature: v1,… v1a,… (not kept)
reelhook-attempt: ${index + 1}

${body === null ? "…" : pretty(body)}`;
}

function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
