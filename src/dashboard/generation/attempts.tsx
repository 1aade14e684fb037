// The attempts of a delivery, newest first, each with its request and response.

import { useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import { USER_AGENT } from "../../contract/version.ts";
import { useAction, useSession } from "../shared/hooks.ts";
import { prettyJson } from "../shared/pretty-json.ts";
import { Copy, Failure, Moment, Pre } from "../shared/ui.tsx";
import { lengthOf } from "../shared/units.ts";
import { isGood } from "./delivery-state.ts";

interface Props {
  readonly generationId: string;
  readonly delivery: DeliveryView;
  /** The body that every attempt sends. Without it, the body is loaded when an attempt is opened. */
  readonly body?: string;
  readonly now: number;
}

export function Attempts({ generationId, delivery, body, now }: Props) {
  const { client } = useSession();
  const { error, run } = useAction();
  const [loaded, setLoaded] = useState(body ?? null);
  const load = () =>
    run(async () => {
      setLoaded((await client.getDelivery(generationId, delivery.id)).body);
    });
  return (
    <>
      <ol class="attempts" reversed>
        {delivery.attempts
          .map((attempt, index) => (
            <li key={attempt.at}>
              <details onToggle={(event) => event.currentTarget.open && loaded === null && load()}>
                <summary>
                  <Outcome attempt={attempt} /> Attempt {index + 1}, {lengthOf(attempt.duration_ms)},{" "}
                  <Moment at={attempt.at} now={now} />
                  {attempt.manual && <span class="tag">by hand</span>}
                  {attempt.error !== null && <span class="hint cut">{attempt.error}</span>}
                </summary>
                <div class="exchange">
                  <Sent delivery={delivery} index={index} body={loaded} />
                  <Answered attempt={attempt} />
                </div>
              </details>
            </li>
          ))
          .reverse()}
      </ol>
      <Failure error={error} retry={load} />
    </>
  );
}

type Attempt = DeliveryView["attempts"][number];

/** How the API's error starts if nothing was sent. */
const NOT_SENT = "not sent: ";

function isSent({ error }: Pick<Attempt, "error">): boolean {
  return error?.startsWith(NOT_SENT) !== true;
}

/** The status code of the answer, or that there was none. */
export function Outcome({ attempt }: { readonly attempt: Pick<Attempt, "status_code" | "error"> }) {
  const isDelivered = isGood(attempt.status_code);
  return (
    <span class={`outcome ${isDelivered ? "good" : "bad"}`}>
      {isDelivered ? "✓" : "×"} {attempt.status_code ?? (isSent(attempt) ? "no answer" : "not sent")}
    </span>
  );
}

function Sent({ delivery, index, body }: { delivery: DeliveryView; index: number; body: string | null }) {
  const wasSent = isSent(delivery.attempts[index] ?? { error: null });
  return (
    <div>
      <h3>Request</h3>
      {wasSent ? <Pre>{requestOf(delivery, index, body)}</Pre> : <p>No request was sent.</p>}
      {wasSent && body !== null && <Copy text={body} label={`body of attempt ${index + 1}`} />}
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
