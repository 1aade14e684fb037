// The list of the scope's generations, kept up to date by live events.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { replaceQuery } from "../shared/address.ts";
import { useReadOnly, useSession } from "../shared/hooks.ts";
import { Empty, Failure, Heading } from "../shared/ui.tsx";
import { counted } from "../shared/units.ts";
import { Bulk } from "./bulk.tsx";
import { ExportDialog } from "./export.tsx";
import { ANY, addressOf, type Filter, isAny, readFilter } from "./filter.ts";
import { Filters, focusSearch } from "./filters.tsx";
import { type List, useList } from "./list.ts";
import { currentVisit, forget, recall, remember } from "./memory.ts";
import { linkOf, Table } from "./table.tsx";

/** The filter is part of the address, so that it survives going back and can be shared. */
export function GenerationsPage({ query }: { query: string }) {
  const visit = currentVisit();
  return <Visit key={visit} visit={visit} filter={readFilter(query)} />;
}

function setFilter(filter: Filter): void {
  replaceQuery("generations", addressOf(filter));
}

/** One visit of the list. Another one, even with the same filter, begins at the top. */
function Visit({ visit, filter }: { visit: string; filter: Filter }) {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const [returned] = useState(() => recall(client));
  const [hasRow] = useState(() => returned?.list.rows.some(({ id }) => id === returned.leftFor) === true);
  const list = useList(filter, returned);
  const { value, error, isOld, paging, reload, more } = list;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isExporting, setExporting] = useState(false);
  useKept(visit, list);
  const rows = value?.rows ?? [];
  // Rows leave the list while it is shown.
  const selection = new Set(selected.size === 0 ? [] : rows.flatMap(({ id }) => (selected.has(id) ? [id] : [])));
  const button = useRef<HTMLButtonElement>(null);
  /** The last row when more are loaded while the button has the focus; empty if it has not. */
  const followed = useRef("");
  const follow = () => {
    followed.current = document.activeElement === button.current ? (rows.at(-1)?.id ?? "") : "";
  };
  const loadMore = async () => {
    follow();
    await more();
  };
  useEffect(() => {
    // The button may be gone, so the focus goes to the first new row, unless it has moved in the meantime.
    const at = rows.findIndex(({ id }) => id === followed.current);
    const first = at === -1 ? undefined : rows[at + 1];
    if (first === undefined) return;
    followed.current = "";
    const { activeElement } = document;
    if (activeElement === button.current || activeElement === document.body) linkOf(first.id)?.focus();
  }, [rows]);
  return (
    <>
      <div class="title">
        <Heading title="Generations" takesFocus={!hasRow} />
        <div class="actions">
          <button type="button" disabled={rows.length === 0} onClick={() => setExporting(true)}>
            Export CSV
          </button>
          {!isReadOnly && (
            <a class="button primary" href="#/playground">
              New generation
            </a>
          )}
        </div>
      </div>
      <Filters filter={filter} rows={rows} onChange={setFilter} />
      <Failure error={error} retry={reload} />
      {value === null && error === null && <p class="loading">Loading …</p>}
      {value !== null &&
        (rows.length === 0 ? (
          <Nothing isAll={value.next === null} filter={filter} isReadOnly={isReadOnly} />
        ) : (
          <Table
            list={value}
            isOld={isOld}
            selection={isReadOnly ? null : selection}
            onSelect={setSelected}
            returned={returned}
            refresh={list.refresh}
            more={() => paging.error === null && void loadMore()}
          />
        ))}
      <Failure error={paging.error} />
      {value !== null && value.next !== null && (
        <button ref={button} type="button" aria-disabled={paging.isBusy || isOld} onFocus={follow} onClick={loadMore}>
          {paging.isBusy ? "Loading …" : rows.length === 0 ? "Search older generations" : "Load more"}
        </button>
      )}
      {value !== null && rows.length > 0 && (
        <p class="hint">
          {counted(rows.length, "generation")}
          {value.next === null ? "" : " loaded"}
        </p>
      )}
      {!isReadOnly && (
        <Bulk
          rows={rows.filter(({ id }) => selection.has(id))}
          onDeleted={list.remove}
          onSelect={(ids) => setSelected(new Set(ids))}
        />
      )}
      {isExporting && <ExportDialog filter={filter} onClose={() => setExporting(false)} />}
    </>
  );
}

/** Remembers the list when its page is left. */
function useKept(visit: string, { value, isOld }: List): void {
  const session = useSession();
  const latest = useRef(isOld ? null : value);
  latest.current = isOld ? null : value;
  const y = useRef(scrollY);
  // A layout effect, because its cleanup must read the place before the next page scrolls.
  useLayoutEffect(() => {
    const follow = () => {
      y.current = scrollY;
    };
    addEventListener("scroll", follow, { passive: true });
    return () => {
      removeEventListener("scroll", follow);
      const [, leftFor = ""] = /^#\/generations\/(\w+)$/.exec(location.hash) ?? [];
      if (latest.current === null) forget(session.client, visit);
      else remember(session, visit, { list: latest.current, scrollY: y.current, leftFor });
    };
  }, []);
}

function Nothing({ isAll, filter, isReadOnly }: { isAll: boolean; filter: Filter; isReadOnly: boolean }) {
  if (!isAll) {
    return (
      <Empty title="No matches yet">
        <p>Each search covers 1,000 generations. Older ones may match.</p>
      </Empty>
    );
  }
  if (!isAny(filter)) {
    return (
      <Empty title="No matches">
        <p>No generation has all of these properties. Remove a filter, or choose a longer time.</p>
        <button
          type="button"
          onClick={() => {
            setFilter(ANY);
            focusSearch();
          }}
        >
          Show all generations
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="No generations yet">
      <p>
        {isReadOnly ? (
          "They appear here as soon as your app creates them."
        ) : (
          <>
            Create one in the <a href="#/playground">playground</a> or with its code sample. It appears here right away.
          </>
        )}
      </p>
    </Empty>
  );
}
