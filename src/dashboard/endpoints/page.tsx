// Webhook endpoints with their health, and the signing secret of per-request webhooks.

import { useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { EndpointView, WebhookSecret } from "../../contract/webhook-endpoints.ts";
import { isGood } from "../generation/delivery-state.ts";
import { useAction, useEvents, useLoad, useNow, useReadOnly, useSession } from "../shared/hooks.ts";
import { Age, Badge, Confirm, Empty, Failure, Heading, Pre, WithCopy } from "../shared/ui.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { RequestSecretDialog, SecretDialog } from "./secret-dialog.tsx";

export function WebhooksPage() {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const [isAdding, setAdding] = useState(false);
  // Loaded together, so that the layout does not shift when the second response arrives.
  const { value, error, reload } = useLoad("webhooks", async () => {
    const [{ data: endpoints }, own] = await Promise.all([
      client.listEndpoints(),
      isReadOnly ? null : client.getWebhookSecret(),
    ]);
    // The page does not keep the secret, which only the dialog shows.
    return { endpoints, own: own && { public_key: own.public_key, public_key_url: own.public_key_url } };
  });
  useEvents(({ type }) => {
    if (type === "delivery.attempted" || type === "open" || type === "reset") reload();
  });
  return (
    <>
      <div class="title">
        <Heading title="Webhooks" />
        {!isReadOnly && (
          <button type="button" class="primary" onClick={() => setAdding(true)}>
            Add endpoint
          </button>
        )}
      </div>
      <Failure error={error} retry={reload} />
      {value === null && error === null && <p class="loading">Loading …</p>}
      {value?.endpoints.length === 0 && (
        <Empty title="No webhook endpoints">
          <p>An endpoint receives the events of every generation in this account and mode.</p>
        </Empty>
      )}
      <ul class="endpoints">
        {value?.endpoints.map((endpoint) => (
          <Endpoint key={endpoint.id} endpoint={endpoint} reload={reload} />
        ))}
      </ul>
      {value?.own && <OwnSecret own={value.own} reload={reload} />}
      {isAdding && <EndpointDialog endpoint={null} onClose={() => setAdding(false)} onSaved={reload} />}
    </>
  );
}

function Endpoint({ endpoint, reload }: { endpoint: EndpointView; reload: () => void }) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const [open, setOpen] = useState<"edit" | "delete" | "secret" | null>(null);
  const [tested, setTested] = useState<DeliveryView | null>(null);
  const { isBusy, error, run } = useAction();
  const deleting = useAction();
  const { id } = endpoint;
  const test = () =>
    run(async () => {
      setTested(null);
      setTested(await client.testEndpoint(id));
      reload();
    });
  const setEnabled = (enabled: boolean) =>
    run(async () => {
      await client.changeEndpoint(id, { enabled });
      reload();
    });
  const remove = async () => {
    if (!(await deleting.run(() => client.deleteEndpoint(id)))) return;
    setOpen(null);
    reload();
  };
  const close = () => setOpen(null);
  return (
    <li class="card">
      <div class="title">
        <Badge state={healthOf(endpoint)} />
        <strong class="url">{endpoint.url}</strong>
        <Outcomes recent={endpoint.health.recent} />
      </div>
      {endpoint.description !== "" && <p class="description">{endpoint.description}</p>}
      <p class="hint">
        {endpoint.events.join(", ")}. <Health endpoint={endpoint} />
      </p>
      {!isReadOnly && (
        <div class="actions">
          <button type="button" class="small" disabled={isBusy} onClick={test}>
            Send test event
          </button>
          <button type="button" class="small" onClick={() => setOpen("edit")}>
            Edit
          </button>
          <button type="button" class="small" onClick={() => setOpen("secret")}>
            Signing secret
          </button>
          <button type="button" class="small risky" disabled={isBusy} onClick={() => setEnabled(!endpoint.enabled)}>
            {endpoint.enabled ? "Disable" : "Enable"}
          </button>
          <button
            type="button"
            class="small risky"
            onClick={() => {
              deleting.clear();
              setOpen("delete");
            }}
          >
            Delete
          </button>
        </div>
      )}
      <Failure error={error} />
      {tested !== null && <Tested delivery={tested} />}
      {open === "edit" && <EndpointDialog endpoint={endpoint} onClose={close} onSaved={reload} />}
      {open === "secret" && (
        <SecretDialog
          title={`Signing secret for ${new URL(endpoint.url).host}`}
          read={async () => (await client.getEndpointSecret(id)).secret}
          rotate={async () => (await client.rotateEndpointSecret(id)).secret}
          onClose={close}
        />
      )}
      {open === "delete" && (
        <Confirm
          title="Delete this endpoint?"
          action="Delete endpoint"
          isBusy={deleting.isBusy}
          error={deleting.error}
          onConfirm={remove}
          onClose={close}
        >
          <p>It receives no more events, and its pending deliveries fail.</p>
        </Confirm>
      )}
    </li>
  );
}

function healthOf({ enabled, health }: EndpointView): string {
  if (!enabled) return "disabled";
  if (health.failing_since !== null) return "failing";
  if (health.recent.length === 0) return "unused";
  return health.last_success_at === null ? "failing" : "healthy";
}

function Health({ endpoint: { disabled_reason, health } }: { endpoint: EndpointView }) {
  const now = useNow();
  const { last_success_at, last_failure_at, failing_since } = health;
  return (
    <>
      {disabled_reason !== null && <strong>{disabled_reason} </strong>}
      {failing_since !== null && (
        <>
          Failures started <Age since={failing_since} now={now} />.{" "}
        </>
      )}
      {last_success_at === null ? (
        "No successful delivery yet."
      ) : (
        <>
          Last success <Age since={last_success_at} now={now} />.
        </>
      )}{" "}
      {last_failure_at !== null && (
        <>
          Last failure <Age since={last_failure_at} now={now} />.
        </>
      )}
    </>
  );
}

const SHOWN = 20;
const BAR = 9;
const TALLEST = 28;

/** One bar for each of the last attempts: the color is the outcome, the height the duration. */
function Outcomes({ recent }: { recent: EndpointView["health"]["recent"] }) {
  const shown = recent.slice(-SHOWN);
  if (shown.length === 0) return null;
  const good = shown.filter(({ status_code }) => isGood(status_code)).length;
  const slowest = Math.max(...shown.map(({ duration_ms }) => duration_ms), 1);
  return (
    <span class="health">
      <svg
        class="outcomes"
        width={SHOWN * BAR}
        height={TALLEST}
        role="img"
        aria-label={`${good} of the last ${shown.length} attempts succeeded`}
      >
        {shown.map(({ at, status_code, duration_ms, error }, index) => {
          const height = 6 + (TALLEST - 6) * (duration_ms / slowest);
          return (
            <rect
              key={`${at}${index}`}
              class={isGood(status_code) ? "good" : "bad"}
              x={(SHOWN - shown.length + index) * BAR}
              y={TALLEST - height}
              width={BAR - 2}
              height={height}
            >
              <title>{`${status_code ?? error}, ${duration_ms} ms`}</title>
            </rect>
          );
        })}
      </svg>
      <span class="hint" aria-hidden="true">
        {good}/{shown.length} succeeded
      </span>
    </span>
  );
}

function Tested({ delivery: { attempts } }: { delivery: DeliveryView }) {
  const attempt = attempts.at(-1);
  const isDelivered = attempt !== undefined && isGood(attempt.status_code);
  return (
    <div class={`tested ${isDelivered ? "good" : "bad"}`} role="status">
      {attempt === undefined ? (
        <p>Test event sent. No result within 10 seconds.</p>
      ) : (
        <>
          <p>
            {isDelivered ? "✓" : "×"} Test event: <strong>{attempt.status_code ?? attempt.error}</strong> after{" "}
            {attempt.duration_ms} ms
          </p>
          {attempt.status_code !== null && <Pre>{attempt.response || "(empty)"}</Pre>}
        </>
      )}
    </div>
  );
}

/** Keys of webhooks that are set in requests. */
function OwnSecret({ own, reload }: { own: Omit<WebhookSecret, "secret">; reload: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-labelledby="own-title">
      <h2 id="own-title">Per-request webhooks</h2>
      <p>
        Webhooks set in a request are signed with a secret of this account and mode. Verify them with the secret, or
        with this public key.
      </p>
      <dl class="facts keys">
        {(
          [
            ["Public key", own.public_key],
            ["Public key URL", own.public_key_url],
          ] as const
        ).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <WithCopy text={text} label={name.toLowerCase()} />
            </dd>
          </div>
        ))}
      </dl>
      <button type="button" class="small" onClick={() => setOpen(true)}>
        Signing secret
      </button>
      {isOpen && (
        // Rotation also changes the public key.
        <RequestSecretDialog onRotated={reload} onClose={() => setOpen(false)} />
      )}
    </section>
  );
}
