// The inbox of a development server: the callbacks that it has received, as they arrive.

import { useEffect } from "preact/hooks";
import { GENERATION_ID } from "../../contract/ids.ts";
import type { InboxCallback } from "../../contract/inbox.ts";
import { useLoad, useNow, useSession, useShown } from "../shared/hooks.ts";
import { prettyJson } from "../shared/pretty-json.ts";
import { Badge, Copy, Empty, Failure, Heading, Moment, Pre, WithCopy } from "../shared/ui.tsx";

const BETWEEN_LOOKS_MS = 1_000;

export function InboxPage() {
  const { client } = useSession();
  const now = useNow();
  const isShown = useShown();
  const { value, error, reload } = useLoad("inbox", () => client.getInbox());
  useEffect(() => {
    if (!isShown) return;
    const timer = setInterval(reload, BETWEEN_LOOKS_MS);
    return () => clearInterval(timer);
  }, [isShown, reload]);
  return (
    <>
      <Heading title="Inbox" />
      {value === null && error === null && <p class="loading">Loading …</p>}
      {error?.status === 404 ? (
        <Empty title="No inbox">
          <p>
            <code>npm run dev</code> starts an inbox. A deployment has none.
          </p>
        </Empty>
      ) : (
        <Failure error={error} retry={reload} />
      )}
      {value !== null && (
        <>
          <p class="hint">
            Receives the callbacks that are sent to this machine, and keeps the last 100 until it stops. Its webhook
            URL:
          </p>
          <WithCopy text={value.url} label="webhook URL" />
          {value.data.length === 0 && (
            <Empty title="No callbacks yet">
              <p>
                Generate a video in the <a href="#/playground">playground</a>, which fills in this webhook URL, or set
                it as <code>webhook_url</code> in a request.
              </p>
            </Empty>
          )}
          <ul class="deliveries" aria-label="Callbacks">
            {value.data.map((callback) => (
              <Callback key={callback.id} callback={callback} now={now} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Callback({ callback, now }: { callback: InboxCallback; now: number }) {
  const { id, type, generation, attempt, verified, reason, received_at, path, headers, body } = callback;
  return (
    <li class="card">
      <div class="title">
        <Badge state={verified ? "verified" : "unverified"} />
        <strong>{type ?? "no type"}</strong>
        {generation !== null &&
          (verified && GENERATION_ID.test(generation) ? (
            <a class="id" href={`#/generations/${generation}`}>
              {generation}
            </a>
          ) : (
            <span class="id">{generation}</span>
          ))}
        <Moment at={received_at} now={now} />
        {attempt > 1 && <span class="hint">sent {attempt} times</span>}
      </div>
      {reason !== null && <p class="error">Not verified: {reason}.</p>}
      <details>
        <summary>Headers and body</summary>
        <Pre>{[`POST ${path}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join("\n")}</Pre>
        <Pre>{prettyJson(body)}</Pre>
        <Copy text={body} label={`body of callback ${id}`} />
      </details>
    </li>
  );
}
