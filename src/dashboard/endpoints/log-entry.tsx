// A delivery in the log of a webhook endpoint. Opened, it shows its attempts with request and response.

import { useId } from "preact/hooks";
import type { LoggedDeliveryView } from "../../contract/deliveries.ts";
import { Attempts, Outcome } from "../generation/attempts.tsx";
import { conditionOf } from "../generation/delivery-state.ts";
import { useAction, useLoad, useReadOnly, useSession } from "../shared/hooks.ts";
import { prettyJson } from "../shared/pretty-json.ts";
import { Badge, Copy, Failure, Moment, Pre } from "../shared/ui.tsx";
import { counted, lengthOf } from "../shared/units.ts";
import { diagnosis } from "./diagnosis.ts";

interface Props {
  readonly delivery: LoggedDeliveryView;
  readonly isOpen: boolean;
  readonly now: number;
  readonly onToggle: () => void;
  /** Called after a redelivery. */
  readonly onChanged: () => void;
}

export function LogEntry({ delivery, isOpen, now, onToggle, onChanged }: Props) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const { isBusy, error, run } = useAction();
  const details = useId();
  const { id, event, created_at, attempt_count, next_attempt_at, generation_id, last_attempt } = delivery;
  const redeliver = async (generation: string) => {
    await run(() => client.redeliver(generation, id));
    onChanged();
  };
  const wait = next_attempt_at === null ? 0 : Math.ceil((Date.parse(next_attempt_at) - now) / 1_000) * 1_000;
  return (
    <li class="card">
      <div class="entry">
        <button type="button" class="toggle" aria-expanded={isOpen} aria-controls={details} onClick={onToggle}>
          <Badge state={conditionOf({ ...delivery, attempting_since: null, attempts: [last_attempt ?? []].flat() })} />{" "}
          <strong>{event}</strong> {last_attempt !== null && <Outcome attempt={last_attempt} />}{" "}
          {attempt_count > 1 && <span>{counted(attempt_count, "attempt")}</span>} <Moment at={created_at} now={now} />
        </button>
        {generation_id !== null && (
          <span class="entry-actions">
            <a href={`#/generations/${generation_id}`} title={generation_id}>
              Generation
            </a>
            {!isReadOnly && (
              <button
                type="button"
                class="small"
                aria-disabled={isBusy}
                onClick={isBusy ? undefined : () => redeliver(generation_id)}
              >
                Redeliver
              </button>
            )}
          </span>
        )}
      </div>
      {next_attempt_at !== null && <p class="hint">Next attempt {wait > 0 ? `in ${lengthOf(wait)}` : "now"}</p>}
      <Failure error={error} />
      <div id={details}>
        {isOpen &&
          (generation_id === null ? (
            <Test delivery={delivery} />
          ) : (
            <Details delivery={delivery} generationId={generation_id} now={now} />
          ))}
      </div>
    </li>
  );
}

function Details({ delivery, generationId, now }: { delivery: LoggedDeliveryView; generationId: string; now: number }) {
  const { client } = useSession();
  const { id, state, last_attempt } = delivery;
  const { value, error, reload } = useLoad(`${id} ${state} ${last_attempt?.at}`, () =>
    client.getDelivery(generationId, id),
  );
  return (
    <>
      <p class="message">
        <code>{id}</code> <Copy text={id} label="message ID" />
      </p>
      <Failure error={error} retry={reload} />
      {value === null ? (
        error === null && <p class="loading">Loading …</p>
      ) : value.attempts.length === 0 ? (
        <>
          <p class="hint">Nothing has been sent.</p>
          <Pre>{prettyJson(value.body)}</Pre>
        </>
      ) : (
        <Attempts generationId={generationId} delivery={value} body={value.body} now={now} />
      )}
    </>
  );
}

/** A test belongs to no generation, so its body and answer are not kept. */
function Test({ delivery: { last_attempt } }: { delivery: LoggedDeliveryView }) {
  if (last_attempt === null) return <p class="hint">There was no answer yet.</p>;
  const { status_code, error, duration_ms } = last_attempt;
  return (
    <p class="hint">
      A test event, answered after {lengthOf(duration_ms)}.
      {error !== null && ` ${diagnosis({ status_code, error, response: null }).title}: ${error}.`} The body of a test is
      not kept.
    </p>
  );
}
