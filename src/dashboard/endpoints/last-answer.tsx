// The last answer of a webhook endpoint. If it was a failure: what is wrong, and what to do.

import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { Outcome } from "../generation/attempts.tsx";
import { useSession } from "../shared/hooks.ts";
import { Age, Pre } from "../shared/ui.tsx";
import { lengthOf } from "../shared/units.ts";
import { type AnsweredAttempt, diagnosis } from "./diagnosis.ts";
import { eventNames, lastAttempt, lastFailure } from "./state.ts";

interface Props {
  readonly endpoint: EndpointView;
  readonly now: number;
}

export function LastAnswer({ endpoint, now }: Props) {
  const last = lastAttempt(endpoint);
  const failure = lastFailure(endpoint);
  return (
    <section class={failure === null ? "panel" : "panel trouble"} aria-labelledby="answer-title">
      <h2 id="answer-title">{failure === null ? "Last answer" : "What is wrong"}</h2>
      {failure !== null && <Trouble endpoint={endpoint} failure={failure} now={now} />}
      {last === null ? <Unused endpoint={endpoint} /> : <Answer attempt={last} now={now} />}
    </section>
  );
}

function Trouble({ endpoint, failure, now }: Props & { failure: AnsweredAttempt }) {
  const { title, advice } = diagnosis(failure);
  const { failing_since } = endpoint.health;
  return (
    <>
      <p>
        <strong>{title}.</strong> {advice}
      </p>
      {endpoint.enabled && failing_since !== null && (
        <p class="hint">
          Failures started <Age since={failing_since} now={now} />. Deliveries are retried for about three days. If all
          attempts fail for three days, the endpoint is disabled.
        </p>
      )}
    </>
  );
}

function Answer({ attempt, now }: { attempt: AnsweredAttempt; now: number }) {
  const { status_code, error, duration_ms, at, response } = attempt;
  return (
    <>
      <p class="answer">
        <Outcome attempt={attempt} /> after {lengthOf(duration_ms)}, <Age since={at} now={now} />
      </p>
      {error !== null && <p class="hint">{error}</p>}
      {status_code !== null && <Pre>{response === null ? "(not kept)" : response || "(empty)"}</Pre>}
    </>
  );
}

function Unused({ endpoint: { events } }: { endpoint: EndpointView }) {
  const { mode } = useSession().account;
  return (
    <>
      <p>Nothing has been sent yet.</p>
      <p class="hint">
        It is sent an event when a generation of this account in {mode} mode is{" "}
        {eventNames(events).replace(/, (?=\w+$)/, " or ")}. Send a test event, or make a generation in the{" "}
        <a href="#/playground">playground</a>.
      </p>
    </>
  );
}
