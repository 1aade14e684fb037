// Standing webhooks and their health.

import { useState } from "preact/hooks";
import { answerOf, type Delivery, type WebhookEndpoint, type WebhookSecret } from "./api.ts";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { useAction, useEvents, useLoad, useNow, useSigned } from "./hooks.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import { isGood } from "./timeline.tsx";
import { Age, Badge, Confirm, Empty, Failure, Heading, Pre, WithCopy } from "./ui.tsx";

export function WebhooksPage() {
  const { client } = useSigned();
  const [isAdding, setAdding] = useState(false);
  // Shown together, so that nothing moves when the second comes.
  const { value, error, reload } = useLoad("webhooks", async () => {
    const [{ data: endpoints }, own] = await Promise.all([
      answerOf(client.v1["webhook-endpoints"].$get()),
      answerOf(client.v1["webhook-secret"].$get()),
    ]);
    return { endpoints, own };
  });
  useEvents(({ type }) => {
    if (type === "delivery.attempted" || type === "open" || type === "reset") reload();
  });
  return (
    <>
      <div class="title">
        <Heading title="Webhooks" />
        <button type="button" class="primary" onClick={() => setAdding(true)}>
          Add a webhook
        </button>
      </div>
      <Failure error={error} retry={reload} />
      {value === null && error === null && <p class="loading">Loading …</p>}
      {value?.endpoints.length === 0 && (
        <Empty title="No standing webhooks">
          <p>A standing webhook hears of every generation, without being named in each request.</p>
        </Empty>
      )}
      <ul class="endpoints">
        {value?.endpoints.map((endpoint) => (
          <Endpoint key={endpoint.id} endpoint={endpoint} reload={reload} />
        ))}
      </ul>
      {value !== null && <OwnSecret own={value.own} reload={reload} />}
      {isAdding && <EndpointDialog endpoint={null} onClose={() => setAdding(false)} onSaved={reload} />}
    </>
  );
}

function Endpoint({ endpoint, reload }: { endpoint: WebhookEndpoint; reload: () => void }) {
  const { client } = useSigned();
  const [open, setOpen] = useState<"edit" | "delete" | "secret" | null>(null);
  const [tested, setTested] = useState<Delivery | null>(null);
  const { isBusy, error, run } = useAction();
  const deleting = useAction();
  const one = client.v1["webhook-endpoints"][":id"];
  const param = { id: endpoint.id };
  const test = () =>
    run(async () => {
      setTested(null);
      setTested(await answerOf(one.test.$post({ param })));
      reload();
    });
  const setEnabled = (enabled: boolean) =>
    run(async () => {
      await answerOf(one.$patch({ param, json: { enabled } }));
      reload();
    });
  const remove = async () => {
    if (!(await deleting.run(() => answerOf(one.$delete({ param }))))) return;
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
      <div class="actions">
        <button type="button" class="small" disabled={isBusy} onClick={test}>
          Send a test
        </button>
        <button type="button" class="small" onClick={() => setOpen("edit")}>
          Edit
        </button>
        <button type="button" class="small" onClick={() => setOpen("secret")}>
          Secret
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
      <Failure error={error} />
      {tested !== null && <Tested delivery={tested} />}
      {open === "edit" && <EndpointDialog endpoint={endpoint} onClose={close} onSaved={reload} />}
      {open === "secret" && (
        <SecretDialog
          title={`Secret of ${new URL(endpoint.url).host}`}
          read={async () => (await answerOf(one.secret.$get({ param }))).secret}
          rotate={async () => (await answerOf(one["rotate-secret"].$post({ param }))).secret}
          onClose={close}
        />
      )}
      {open === "delete" && (
        <Confirm
          title="Delete this webhook?"
          action="Delete the webhook"
          isBusy={deleting.isBusy}
          error={deleting.error}
          onConfirm={remove}
          onClose={close}
        >
          <p>It hears of nothing more, and what is still to be sent to it is given up.</p>
        </Confirm>
      )}
    </li>
  );
}

function healthOf({ enabled, health }: WebhookEndpoint): string {
  if (!enabled) return "disabled";
  if (health.failing_since !== null) return "failing";
  if (health.recent.length === 0) return "unused";
  return health.last_success_at === null ? "failing" : "healthy";
}

function Health({ endpoint: { disabled_reason, health } }: { endpoint: WebhookEndpoint }) {
  const now = useNow();
  const { last_success_at, last_failure_at, failing_since } = health;
  return (
    <>
      {disabled_reason !== null && <strong>{disabled_reason} </strong>}
      {failing_since !== null && (
        <>
          Failing since <Age since={failing_since} now={now} />.{" "}
        </>
      )}
      {last_success_at === null ? (
        "Nothing delivered yet."
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

/** A bar for each of the last attempts: its colour is the outcome, its height the time that it took. */
function Outcomes({ recent }: { recent: WebhookEndpoint["health"]["recent"] }) {
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

function Tested({ delivery: { attempts } }: { delivery: Delivery }) {
  const attempt = attempts.at(-1);
  const isDelivered = attempt !== undefined && isGood(attempt.status_code);
  return (
    <div class={`tested ${isDelivered ? "good" : "bad"}`} role="status">
      {attempt === undefined ? (
        <p>Sent; there was no answer within 10 seconds.</p>
      ) : (
        <>
          <p>
            {isDelivered ? "✓" : "×"} The test was answered <strong>{attempt.status_code ?? attempt.error}</strong>{" "}
            after {attempt.duration_ms} ms.
          </p>
          {attempt.status_code !== null && <Pre>{attempt.response || "(empty)"}</Pre>}
        </>
      )}
    </div>
  );
}

/** Of webhooks that requests name. */
function OwnSecret({ own, reload }: { own: WebhookSecret; reload: () => void }) {
  const { client } = useSigned();
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-labelledby="own-title">
      <h2 id="own-title">Webhooks named in requests</h2>
      <p>
        They are signed with a secret of this account and mode, and with a key pair whose public half receivers may hold
        instead.
      </p>
      <dl class="facts keys">
        {(
          [
            ["Public key", own.public_key],
            ["Public keys, as a page", own.public_key_url],
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
        Secret
      </button>
      {isOpen && (
        <SecretDialog
          title="Secret of webhooks named in requests"
          read={async () => (await answerOf(client.v1["webhook-secret"].$get())).secret}
          rotate={async () => {
            const { secret } = await answerOf(client.v1["webhook-secret"].rotate.$post());
            // The public key is another one now.
            reload();
            return secret;
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </section>
  );
}
