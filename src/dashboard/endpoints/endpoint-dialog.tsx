// Dialog that adds or edits a webhook endpoint. It shows the secret of a new one.

import { useState } from "preact/hooks";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { EVENT_TYPES, TERMINAL_EVENTS } from "../../contract/words.ts";
import { useAction, useSession } from "../shared/hooks.ts";
import { Dialog, Failure, Secret } from "../shared/ui.tsx";

interface Props {
  /** Null to add a new endpoint. */
  readonly endpoint: EndpointView | null;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

export function EndpointDialog({ endpoint, onClose, onSaved }: Props) {
  const { client } = useSession();
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [description, setDescription] = useState(endpoint?.description ?? "");
  const [events, setEvents] = useState<readonly string[]>(endpoint?.events ?? TERMINAL_EVENTS);
  /** Null until a new endpoint is saved. */
  const [secret, setSecret] = useState<string | null>(null);
  const { isBusy, error, run } = useAction();
  const save = async (event: Event) => {
    event.preventDefault();
    const fields = { url: url.trim(), description, events: EVENT_TYPES.filter((type) => events.includes(type)) };
    const isSaved = await run(async () => {
      if (endpoint === null) setSecret((await client.createEndpoint(fields)).secret);
      else await client.changeEndpoint(endpoint.id, fields);
    });
    if (!isSaved) return;
    onSaved();
    if (endpoint !== null) onClose();
  };
  const errorOf = (pointer: string) => error?.errors.find((each) => each.pointer.startsWith(pointer))?.message;
  if (secret !== null) return <Added secret={secret} onClose={onClose} />;
  return (
    <Dialog title={endpoint === null ? "Add endpoint" : "Edit endpoint"} onClose={onClose}>
      <form onSubmit={save} noValidate>
        <div class="field">
          <label for="endpoint-url">URL</label>
          <input
            id="endpoint-url"
            type="url"
            required
            placeholder="https://example.com/hooks/video"
            value={url}
            aria-invalid={errorOf("/url") !== undefined}
            aria-describedby="endpoint-url-notes"
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
          <p class="notes" id="endpoint-url-notes">
            <strong class="error">{errorOf("/url")}</strong>
          </p>
        </div>
        <fieldset>
          <legend>Events</legend>
          {EVENT_TYPES.map((type) => (
            <label key={type} class="check">
              <input
                type="checkbox"
                checked={events.includes(type)}
                onChange={(event) =>
                  setEvents(event.currentTarget.checked ? [...events, type] : events.filter((each) => each !== type))
                }
              />{" "}
              {type}
            </label>
          ))}
          <strong class="error">{errorOf("/events")}</strong>
        </fieldset>
        <div class="field">
          <label for="endpoint-description">Description</label>
          <input
            id="endpoint-description"
            type="text"
            value={description}
            onInput={(event) => setDescription(event.currentTarget.value)}
          />
        </div>
        {errorOf("/url") === undefined && errorOf("/events") === undefined && <Failure error={error} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Added({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog title="Endpoint added" onClose={onClose}>
      <p>This secret signs everything that is sent to this endpoint. Your receiver verifies with it:</p>
      <Secret text={secret} label="secret" />
      <p class="hint">
        Webhooks that are set in a request are signed with another secret, the one of this account and mode. It is under
        “Per-request webhooks” on this page.
      </p>
      <div class="actions">
        <button type="button" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
