// What a webhook endpoint was sent, newest first. It follows live, and keeps its place.

import { useEffect, useRef, useState } from "preact/hooks";
import type { EndpointDeliveryPage, LoggedDeliveryView } from "../../contract/deliveries.ts";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { DELIVERY_STATES } from "../../contract/words.ts";
import { replaceQuery } from "../shared/address.ts";
import { useAction, useLoad, useSession } from "../shared/hooks.ts";
import { Empty, Failure } from "../shared/ui.tsx";
import { LogEntry } from "./log-entry.tsx";

interface Props {
  readonly endpoint: EndpointView;
  /** The query of the page's address, which has the filter. */
  readonly query: string;
  /** The log is read again when this number changes. */
  readonly changes: number;
  readonly now: number;
  readonly onChanged: () => void;
}

const PAGE = "25";

/** For reading again what is already shown. */
const LARGE_PAGE = "100";

interface Entries {
  /** Newest first. */
  readonly rows: readonly LoggedDeliveryView[];
  /** Cursor of the next older page; null on the last page. */
  readonly next: string | null;
}

export function Log({ endpoint, query, changes, now, onChanged }: Props) {
  const { client } = useSession();
  const { id } = endpoint;
  const given = new URLSearchParams(query).get("state");
  const state = DELIVERY_STATES.find((each) => each === given) ?? "";
  const paging = useAction();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const oldest = useRef<LoggedDeliveryView | undefined>(undefined);
  const page = async (cursor: string | null, limit = PAGE): Promise<Entries> => {
    const asked = { limit, ...(state === "" ? {} : { state }), ...(cursor === null ? {} : { cursor }) };
    const { data, next_cursor }: EndpointDeliveryPage = await client.listEndpointDeliveries(id, asked);
    return { rows: data, next: next_cursor };
  };
  const { value, error, isOld, reload, change } = useLoad(`${id} ${state}`, async () => {
    let entries = await page(null);
    while (entries.next !== null && !reaches(entries, oldest.current)) {
      const older = await page(entries.next, LARGE_PAGE);
      entries = { rows: [...entries.rows, ...older.rows], next: older.next };
    }
    return entries;
  });
  oldest.current = isOld ? undefined : value?.rows.at(-1);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) reload();
    isFirst.current = false;
  }, [changes]);
  const more = (cursor: string) =>
    paging.run(async () => {
      const older = await page(cursor);
      change((before) =>
        before.next === cursor ? { rows: [...before.rows, ...older.rows], next: older.next } : before,
      );
    });
  const toggle = (delivery: string) => {
    const next = new Set(open);
    if (!next.delete(delivery)) next.add(delivery);
    setOpen(next);
  };
  return (
    <section aria-labelledby="log-title">
      <div class="title log-title">
        <h2 id="log-title">Deliveries</h2>
        <label>
          State{" "}
          <select
            value={state}
            onChange={({ currentTarget: { value: chosen } }) =>
              replaceQuery(`webhooks/${id}`, chosen === "" ? "" : `state=${chosen}`)
            }
          >
            <option value="">any</option>
            {DELIVERY_STATES.map((each) => (
              <option key={each} value={each}>
                {each === "pending" ? "pending or retrying" : each}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Failure error={error} retry={reload} />
      {value === null && error === null && <p class="loading">Loading …</p>}
      {value?.rows.length === 0 && !isOld && <Nothing state={state} isAll={value.next === null} />}
      <ul class={isOld ? "log old" : "log"} aria-busy={isOld}>
        {value?.rows.map((delivery) => (
          <LogEntry
            key={delivery.id}
            delivery={delivery}
            isOpen={open.has(delivery.id)}
            now={now}
            onToggle={() => toggle(delivery.id)}
            onChanged={onChanged}
          />
        ))}
      </ul>
      <Failure error={paging.error} />
      {value?.next != null && (
        <button type="button" disabled={paging.isBusy || isOld} onClick={() => more(value.next ?? "")}>
          {value.rows.length === 0 ? "Search older deliveries" : "Load more"}
        </button>
      )}
    </section>
  );
}

/** Whether the entries go back at least as far as `oldest`. */
function reaches({ rows }: Entries, oldest: LoggedDeliveryView | undefined): boolean {
  const last = rows.at(-1);
  if (oldest === undefined || last === undefined) return oldest === undefined;
  return last.created_at < oldest.created_at || rows.some(({ id }) => id === oldest.id);
}

function Nothing({ state, isAll }: { state: string; isAll: boolean }) {
  if (!isAll) {
    return (
      <Empty title="No matches yet">
        <p>Older deliveries may match.</p>
      </Empty>
    );
  }
  return state === "" ? (
    <Empty title="No deliveries in the last 30 days">
      <p>
        Send a test event, or make a generation in the <a href="#/playground">playground</a>. What is sent to this
        endpoint appears here.
      </p>
    </Empty>
  ) : (
    <Empty title={`No ${state} deliveries`}>
      <p>Choose the state “any” to see all deliveries.</p>
    </Empty>
  );
}
