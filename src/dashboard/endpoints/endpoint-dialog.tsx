// Dialog that adds or edits a webhook endpoint. It shows the secret of a new one.

import { useState } from "preact/hooks";
import type { EndpointView, NewEndpointView } from "../../contract/webhook-endpoints.ts";
import { EVENT_TYPES, TERMINAL_EVENTS } from "../../contract/words.ts";
import type { ApiError } from "../shared/api.ts";
import { useAction, useSession } from "../shared/hooks.ts";
import { Dialog, Failure, Secret } from "../shared/ui.tsx";
import { HeaderFields } from "./header-fields.tsx";
import { headersOf, repeatedName, rowsOf } from "./header-rows.ts";
import { Verifiers } from "./verifiers.tsx";

interface Props {
  /** Null to add a new endpoint. */
  readonly endpoint: EndpointView | null;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

const NEW = {
  url: "",
  description: "",
  events: TERMINAL_EVENTS as readonly string[],
  headers: {},
  client_certificate: false,
  enabled: true,
};

export function EndpointDialog({ endpoint, onClose, onSaved }: Props) {
  const { client } = useSession();
  const before = endpoint ?? NEW;
  const [url, setUrl] = useState(before.url);
  const [description, setDescription] = useState(before.description);
  const [events, setEvents] = useState<readonly string[]>(before.events);
  const [rows, setRows] = useState(() => rowsOf(before.headers));
  const [hasCertificate, setCertificate] = useState(before.client_certificate);
  const [isEnabled, setEnabled] = useState(before.enabled);
  /** Null until it is saved. */
  const [added, setAdded] = useState<NewEndpointView | null>(null);
  const { isBusy, error, run } = useAction();
  const repeated = repeatedName(rows);
  const save = async (event: Event) => {
    event.preventDefault();
    if (repeated !== null || isBusy) return;
    const all = {
      url: url.trim(),
      description,
      events: EVENT_TYPES.filter((type) => events.includes(type)),
      headers: headersOf(rows),
      client_certificate: hasCertificate,
      enabled: isEnabled,
    };
    const isSaved = await run(async () => {
      if (endpoint === null) setAdded(await client.createEndpoint(all));
      else await client.changeEndpoint(endpoint.id, changed(endpoint, all));
    });
    if (!isSaved) return;
    onSaved();
    if (endpoint !== null) onClose();
  };
  if (added !== null) return <Added endpoint={added} onClose={onClose} />;
  const errorOf = (pointer: string) => errorAt(error, pointer);
  return (
    <Dialog title={endpoint === null ? "Add endpoint" : "Edit endpoint"} onClose={onClose}>
      <form class="endpoint-form" onSubmit={save} noValidate>
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
            aria-invalid={errorOf("/description") !== undefined}
            aria-describedby="endpoint-description-notes"
            onInput={(event) => setDescription(event.currentTarget.value)}
          />
          <p class="notes" id="endpoint-description-notes">
            <strong class="error">{errorOf("/description")}</strong>
          </p>
        </div>
        <HeaderFields
          rows={rows}
          errorOf={(name) => {
            if (name === null) return errorAt(error, "/headers", true);
            return name === repeated ? "is given twice" : errorAt(error, `/headers/${escaped(name)}`, true);
          }}
          onChange={setRows}
        />
        <Choice
          label="Present the client certificate"
          isChecked={hasCertificate}
          error={errorOf("/client_certificate")}
          onChange={setCertificate}
        >
          For receivers that require one (mTLS). The operator of this deployment must have bound it as
          WEBHOOK_CERTIFICATE, and listed the host of the URL in WEBHOOK_CERTIFICATE_HOSTS.
        </Choice>
        <Choice label="Enabled" isChecked={isEnabled} error={errorOf("/enabled")} onChange={setEnabled}>
          While it is disabled, nothing is sent. Events that happen meanwhile are not recorded for it, and cannot be
          recovered.
        </Choice>
        {error?.errors.length === 0 && <Failure error={error} />}
        {error !== null && error.errors.length > 0 && (
          <p class="failure" role="alert">
            {error.errors.some(({ pointer }) => pointer !== "")
              ? "Not saved. Correct what is marked above."
              : error.message}
          </p>
        )}
        {repeated !== null && (
          <p class="failure" role="alert">
            The header {repeated} is given twice.
          </p>
        )}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" aria-disabled={isBusy}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The error of the field at `pointer`, or of one inside it unless only it `isExact`. */
function errorAt(error: ApiError | null, pointer: string, isExact = false): string | undefined {
  return error?.errors.find((each) => each.pointer === pointer || (!isExact && each.pointer.startsWith(`${pointer}/`)))
    ?.message;
}

/** As part of a JSON pointer (RFC 6901). */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The fields whose values differ. Naming the others could undo what somebody else has changed meanwhile. */
function changed(before: EndpointView, after: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Readonly<Record<string, unknown>> = { ...before };
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(kept[name])),
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly isChecked: boolean;
  readonly error: string | undefined;
  readonly onChange: (isChecked: boolean) => void;
  /** What it means. */
  readonly children: string;
}

function Choice({ label, isChecked, error, onChange, children }: ChoiceProps) {
  const id = label.toLowerCase().replaceAll(" ", "-");
  return (
    <div class="field">
      <label class="check">
        <input
          type="checkbox"
          checked={isChecked}
          aria-invalid={error !== undefined}
          aria-describedby={id}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />{" "}
        {label}
      </label>
      <p class="notes" id={id}>
        {children}
        {error !== undefined && <strong class="error"> {error}</strong>}
      </p>
    </div>
  );
}

function Added({ endpoint: { id, secret }, onClose }: { endpoint: NewEndpointView; onClose: () => void }) {
  return (
    <Dialog title="Endpoint added" onClose={onClose}>
      <p>This secret signs everything that is sent to this endpoint. Your receiver verifies with it:</p>
      <Secret text={secret} label="secret" />
      <p class="hint">
        You find it again under “Signing secret” on the endpoint's page. Webhooks that are set in a request are signed
        with another secret, under “Per-request webhooks”.
      </p>
      <Verifiers />
      <div class="actions">
        <button type="button" onClick={onClose}>
          Done
        </button>
        <a class="button primary" href={`#/webhooks/${id}`}>
          Go to the endpoint
        </a>
      </div>
    </Dialog>
  );
}
