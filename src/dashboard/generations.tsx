// The live list of a scope's generations.

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, answerOf, type GenerationRow, STATUSES } from "./api.ts";
import { useAction, useEvents, useLoad, useNow, useSigned } from "./hooks.ts";
import { Age, Badge, Empty, Failure } from "./ui.tsx";

const PAGE = "25";

interface Filter {
  readonly status: "" | GenerationRow["status"];
  readonly model: string;
}

interface Rows {
  readonly rows: readonly GenerationRow[];
  readonly next: string | null;
}

export function GenerationsPage() {
  const { client } = useSigned();
  const [filter, setFilter] = useState<Filter>({ status: "", model: "" });
  const paging = useAction();
  /** What was told while the first page was on its way. */
  const news = useRef<GenerationRow[]>([]);
  const page = async (cursor?: string): Promise<Rows> => {
    const query = {
      limit: PAGE,
      ...(filter.status === "" ? {} : { status: filter.status }),
      ...(filter.model === "" ? {} : { model: filter.model }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const { data, next_cursor } = await answerOf(client.v1.generations.$get({ query }));
    return { rows: data, next: next_cursor };
  };
  const { value, error, reload, change } = useLoad(JSON.stringify(filter), async () => {
    news.current = [];
    const first = await page();
    return news.current.reduce((rows, each) => withNews(rows, each, filter), first);
  });
  useEvents(({ type, data }) => {
    // Between the list and the stream something may have happened.
    if (type === "open" || type === "reset") return reload();
    if (!type.startsWith("generation.")) return;
    const row = (data as { data: GenerationRow }).data;
    news.current.push(row);
    change((rows) => withNews(rows, row, filter));
  });
  const more = (cursor: string) =>
    paging.run(async () => {
      const { rows, next } = await page(cursor);
      change((before) => {
        const known = new Set(before.rows.map(({ id }) => id));
        return { rows: [...before.rows, ...rows.filter(({ id }) => !known.has(id))], next };
      });
    });
  return (
    <>
      <div class="title">
        <h1>Generations</h1>
        <a class="button primary" href="#/playground">
          New generation
        </a>
      </div>
      <Filters filter={filter} onChange={setFilter} />
      <Failure error={error} retry={reload} />
      <List value={value} error={error} isFiltered={filter.status !== "" || filter.model !== ""} />
      <Failure error={paging.error} />
      {value?.next != null && (
        <button type="button" disabled={paging.isBusy} onClick={() => more(value.next ?? "")}>
          Show older ones
        </button>
      )}
    </>
  );
}

/** The list with a row as it is now: in its place, gone, or new. */
function withNews({ rows, next }: Rows, news: GenerationRow, filter: Filter): Rows {
  const others = rows.filter(({ id }) => id !== news.id);
  const fits =
    (news.status as string) !== "deleted" &&
    (filter.status === "" || filter.status === news.status) &&
    (filter.model === "" || filter.model === news.model);
  if (!fits) return { rows: others, next };
  const at = others.findIndex(({ created_at }) => created_at <= news.created_at);
  if (at !== -1) return { rows: others.toSpliced(at, 0, news), next };
  // Older than all that is shown: it comes with its page, unless this was the last, or it was shown already.
  const isShown = next === null || others.length < rows.length;
  return { rows: isShown ? [...others, news] : others, next };
}

/** After the last key. */
const TYPING_MS = 250;

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const [model, setModel] = useState(filter.model);
  useEffect(() => {
    if (model.trim() === filter.model) return;
    const timer = setTimeout(() => onChange({ ...filter, model: model.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [model, filter]);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Status{" "}
        <select
          value={filter.status}
          onChange={(event) => onChange({ ...filter, status: event.currentTarget.value as Filter["status"] })}
        >
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

function List({ value, error, isFiltered }: { value: Rows | null; error: ApiError | null; isFiltered: boolean }) {
  const now = useNow();
  if (value === null) return error === null ? <p class="loading">Loading …</p> : null;
  if (value.rows.length === 0) {
    return isFiltered ? (
      <Empty title="None like that">
        <p>No generation fits the filter. Take it away to see all.</p>
      </Empty>
    ) : (
      <Empty title="No generations yet">
        <p>
          Make one in the <a href="#/playground">playground</a>, or with the request that it shows. It appears here at
          once.
        </p>
      </Empty>
    );
  }
  return (
    <table class="generations">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Generation</th>
          <th scope="col">Model</th>
          <th scope="col">Accepted</th>
        </tr>
      </thead>
      <tbody>
        {value.rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Badge state={row.status} />
            </td>
            <td>
              <a class="id" href={`#/generations/${row.id}`}>
                {row.id}
              </a>
            </td>
            <td>{row.model}</td>
            <td>
              <Age since={row.created_at} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
