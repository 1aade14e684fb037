// The live list of the scope's generations.

import { useEffect, useRef, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { STATUSES } from "../../contract/words.ts";
import { replaceQuery } from "../shared/address.ts";
import type { ApiError } from "../shared/api.ts";
import { useAction, useEvents, useLoad, useLooks, useNow, useReadOnly, useSession } from "../shared/hooks.ts";
import { costOf } from "../shared/money.ts";
import { placeWords, withPlaces } from "../shared/places.ts";
import { Age, Badge, Empty, Failure, Heading } from "../shared/ui.tsx";
import { type Filter, type Rows, reaches, withNews, withPage } from "./rows.ts";

const PAGE = 25;

type List = Rows<GenerationSummary>;

/** Page size for reading rows again that are already shown. */
const LARGE_PAGE = 100;

export function GenerationsPage({ query }: { query: string }) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const [filter, setFilter] = useFilter(query);
  const paging = useAction();
  /** For each running request, the rows of events that arrived since it started. */
  const recorders = useRef(new Set<GenerationSummary[]>());
  const oldest = useRef<GenerationSummary | undefined>(undefined);
  const page = async (cursor: string | null, limit = PAGE): Promise<List> => {
    const query = {
      limit: String(limit),
      ...(filter.status === "" ? {} : { status: filter.status }),
      ...(filter.model === "" ? {} : { model: filter.model }),
      ...(cursor === null ? {} : { cursor }),
    };
    const { data, next_cursor } = await client.listGenerations(query);
    return { rows: data, next: next_cursor };
  };
  /** Reads from the newest row on, until the list goes back at least as far as `oldest`. */
  const readTo = async (oldest: GenerationSummary | undefined, first: number): Promise<List> => {
    let list = await page(null, first);
    while (!reaches(list, oldest)) {
      const { rows, next } = await page(list.next, LARGE_PAGE);
      list = { rows: [...list.rows, ...rows], next };
    }
    return list;
  };
  const recording = async (read: () => Promise<List>) => {
    const news: GenerationSummary[] = [];
    recorders.current.add(news);
    try {
      return { page: await read(), news };
    } finally {
      recorders.current.delete(news);
    }
  };
  const { value, error, reload, change, isOld } = useLoad(JSON.stringify(filter), async () => {
    const { page: read, news } = await recording(() => readTo(oldest.current, PAGE));
    return news.reduce((rows, each) => withNews(rows, each, filter), read);
  });
  oldest.current = isOld ? undefined : value?.rows.at(-1);
  const shown = isOld ? [] : (value?.rows ?? []);
  const planLook = useLooks(
    shown.some(({ queue }) => queue !== null),
    async () => {
      const last = shown.findLastIndex(({ status }) => status === "queued");
      if (last === -1) return;
      const { rows: read } = await readTo(shown[last], Math.min(last + 1, LARGE_PAGE));
      change((rows) => withPlaces(rows, read));
    },
  );
  useEvents(({ type, data }) => {
    // Events may have been missed between loading the list and connecting.
    if (type === "open" || type === "reset") return reload();
    if (!type.startsWith("generation.")) return;
    const row = (data as { data: GenerationSummary }).data;
    for (const news of recorders.current) news.push(row);
    change((rows) => withNews(rows, row, filter));
    // Events do not have the place, and the provider may still refuse it.
    if (row.status === "queued") planLook();
  });
  const more = (cursor: string) =>
    paging.run(async () => {
      const older = await recording(() => page(cursor));
      change((before) => withPage(before, { cursor, ...older }, filter));
    });
  return (
    <>
      <div class="title">
        <Heading title="Generations" />
        {!isReadOnly && (
          <a class="button primary" href="#/playground">
            New generation
          </a>
        )}
      </div>
      <Filters filter={filter} onChange={setFilter} />
      <Failure error={error} retry={reload} />
      <Table value={value} error={error} isOld={isOld} isFiltered={filter.status !== "" || filter.model !== ""} />
      <Failure error={paging.error} />
      {value?.next != null && (
        <button type="button" disabled={paging.isBusy || isOld} onClick={() => more(value.next ?? "")}>
          {value.rows.length === 0 ? "Search older generations" : "Load more"}
        </button>
      )}
    </>
  );
}

/** The filter is part of the address, so that it survives going back and can be shared. */
function useFilter(query: string): [Filter, (filter: Filter) => void] {
  const given = new URLSearchParams(query);
  const status = STATUSES.find((each) => each === given.get("status")) ?? "";
  const set = (next: Filter) => {
    const named = Object.entries(next).filter(([, value]) => value !== "");
    replaceQuery("generations", new URLSearchParams(named).toString());
  };
  return [{ status, model: given.get("model") ?? "" }, set];
}

/** Wait after the last keystroke. */
const TYPING_MS = 250;

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const [model, setModel] = useState(filter.model);
  const sent = useRef(filter.model);
  useEffect(() => {
    // The address has changed, for example by going back.
    if (filter.model !== sent.current) setModel(filter.model);
    sent.current = filter.model;
  }, [filter.model]);
  useEffect(() => {
    if (model.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = model.trim();
      onChange({ ...filter, model: model.trim() });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [model, filter.status]);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Status{" "}
        <select value={filter.status} onChange={(event) => onChange({ ...filter, status: event.currentTarget.value })}>
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      </label>
      <label>
        Model{" "}
        <input
          type="search"
          placeholder="runway/gen4_aleph"
          value={model}
          onInput={(event) => setModel(event.currentTarget.value)}
        />
      </label>
    </form>
  );
}

interface TableProps {
  readonly value: List | null;
  readonly error: ApiError | null;
  /** `value` belongs to the previous filter; the new one is loading. */
  readonly isOld: boolean;
  readonly isFiltered: boolean;
}

function Table({ value, error, isOld, isFiltered }: TableProps) {
  const now = useNow();
  const { mode } = useSession().account;
  if (value === null) return error === null ? <p class="loading">Loading …</p> : null;
  if (value.rows.length === 0) return <Nothing isAll={value.next === null} isFiltered={isFiltered} />;
  return (
    <table class={isOld ? "generations old" : "generations"} aria-busy={isOld}>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Generation</th>
          <th scope="col">Model</th>
          <th scope="col" title={mode === "test" ? "What it would cost in live mode" : undefined}>
            {mode === "test" ? "Live cost" : "Cost"}
          </th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {value.rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Badge state={row.status} /> {row.queue && <span class="place">{placeWords(row.queue)}</span>}
            </td>
            <td>
              <a class="id" href={`#/generations/${row.id}`}>
                {row.id}
              </a>
            </td>
            <td>{row.model}</td>
            <Cost of={row} />
            <td>
              <Age since={row.created_at} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cost({ of }: { of: GenerationSummary }) {
  const { text, meaning } = costOf(of);
  return <td title={meaning}>{text}</td>;
}

function Nothing({ isAll, isFiltered }: { isAll: boolean; isFiltered: boolean }) {
  if (!isAll) {
    return (
      <Empty title="No matches yet">
        <p>Each search covers 1,000 generations. Older ones may match.</p>
      </Empty>
    );
  }
  return isFiltered ? (
    <Empty title="No matches">
      <p>Clear the filters to see all generations.</p>
    </Empty>
  ) : (
    <Empty title="No generations yet">
      <p>
        Create one in the <a href="#/playground">playground</a> or with its code sample. It appears here right away.
      </p>
    </Empty>
  );
}
