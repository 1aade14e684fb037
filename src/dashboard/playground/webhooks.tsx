// The webhooks of the request: a URL each, and the events that are sent to it.

import { useId, useState } from "preact/hooks";
import { EVENT_TYPES, TERMINAL_EVENTS } from "../../contract/words.ts";
import { RequestSecretDialog } from "../endpoints/secret-dialog.tsx";
import { useReadOnly } from "../shared/hooks.ts";
import { Folded, useItemFocus } from "./form-controls.tsx";
import type { WebhookRow } from "./request.ts";
import type { Schema } from "./schema.ts";

interface Props {
  readonly schema: Schema;
  readonly value: unknown;
  /** Error messages by JSON Pointer. */
  readonly errors: ReadonlyMap<string, string>;
  onChange(rows: readonly WebhookRow[]): void;
}

export function Webhooks({ schema: { maxItems = 1 }, value, errors, onChange }: Props) {
  const given = (value ?? []) as readonly WebhookRow[];
  const rows = given.length === 0 ? [{ url: "" }] : given;
  const own = errors.get("/webhooks");
  const box = useItemFocus(rows.length);
  return (
    <fieldset ref={box} class="webhooks">
      <legend>
        Webhooks <code>webhooks</code>
      </legend>
      {own !== undefined && (
        <p class="notes">
          <strong class="error" tabIndex={-1}>
            {own}
          </strong>
        </p>
      )}
      {rows.map((row, index) => (
        <Row
          key={index}
          row={row}
          isOnly={rows.length === 1}
          // Rows without a URL are not sent.
          at={rows.slice(0, index).filter(({ url }) => url !== "").length}
          errors={row.url === "" ? new Map() : errors}
          onChange={(changed) => onChange(rows.with(index, changed))}
          onRemove={() => onChange(rows.toSpliced(index, 1))}
        />
      ))}
      <button
        type="button"
        class="quiet"
        disabled={rows.length >= maxItems || rows.some(({ url }) => url === "")}
        onClick={() => onChange([...rows, { url: "" }])}
      >
        Add webhook
      </button>
      {rows.some(({ url }) => url !== "") && <SigningSecret />}
    </fieldset>
  );
}

interface RowProps extends Pick<Props, "errors"> {
  readonly row: WebhookRow;
  readonly isOnly: boolean;
  /** Index in the request. */
  readonly at: number;
  onChange(row: WebhookRow): void;
  onRemove(): void;
}

function Row({ row, isOnly, at, errors, onChange, onRemove }: RowProps) {
  const id = useId();
  const { url, events = TERMINAL_EVENTS } = row;
  const error = errors.get(`/webhooks/${at}/url`) ?? errors.get(`/webhooks/${at}`);
  const wrongEvents = [...errors].find(([pointer]) => pointer.startsWith(`/webhooks/${at}/events`))?.[1];
  const names = events.map((type) => type.replace("generation.", "")).join(", ");
  return (
    <div class="item webhook">
      <label for={id}>
        URL <code>webhooks[{at}].url</code>
      </label>
      <div class="row">
        <input
          id={id}
          type="text"
          inputMode="url"
          spellcheck={false}
          placeholder="https://…"
          value={url}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-notes`}
          onInput={({ currentTarget: { value } }) => onChange({ ...row, url: value.trim() })}
        />
        {!isOnly && (
          <button type="button" aria-label={`Remove webhook ${url}`} onClick={onRemove}>
            Remove
          </button>
        )}
      </div>
      <p class="notes" id={`${id}-notes`}>
        {error === undefined ? (
          at === 0 && "Gets the events of this generation, in addition to your webhook endpoints."
        ) : (
          <strong class="error">{error}</strong>
        )}
      </p>
      <Folded title="Events" note={names === "" ? "none" : names} mustOpen={wrongEvents !== undefined}>
        {wrongEvents !== undefined && (
          <p class="notes">
            <strong class="error">{wrongEvents}</strong>
          </p>
        )}
        {EVENT_TYPES.map((type) => (
          <label key={type} class="check">
            <input
              type="checkbox"
              checked={events.includes(type)}
              aria-invalid={wrongEvents !== undefined}
              onChange={({ currentTarget: { checked } }) =>
                onChange({
                  ...row,
                  events: EVENT_TYPES.filter((each) => (each === type ? checked : events.includes(each))),
                })
              }
            />{" "}
            {type}
          </label>
        ))}
      </Folded>
    </div>
  );
}

/** Says which of the two kinds of secrets signs the webhook, and shows it without leaving the form. */
function SigningSecret() {
  const isReadOnly = useReadOnly();
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="hint signing">
      Signed with the secret of this account and mode, not with one of a webhook endpoint.{" "}
      {!isReadOnly && (
        <button type="button" class="small" onClick={() => setOpen(true)}>
          Signing secret
        </button>
      )}
      {isOpen && <RequestSecretDialog onClose={() => setOpen(false)} />}
    </div>
  );
}
