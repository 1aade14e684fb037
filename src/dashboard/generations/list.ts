// Loads the list page by page, and keeps what is loaded up to date.

import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "../shared/api.ts";
import { useAction, useEvents, useLoad, useLooks, useSession } from "../shared/hooks.ts";
import { withPlaces } from "../shared/places.ts";
import { addressOf, apiQueryOf, type Filter, matches } from "./filter.ts";
import type { Kept } from "./memory.ts";
import { type News, type Rows, reaches, UNTOLD, withNews, withOlder, withPage, withRead } from "./rows.ts";

/** Rows of the first page, which is on the screen soon, and of the others. */
const FIRST_PAGE = 25;
const LARGE_PAGE = 100;

/** Most requests of one load. With a rare filter, each may find only a few rows. */
const MAX_READS = 12;

export interface List {
  readonly value: Rows | null;
  readonly error: ApiError | null;
  /** `value` belongs to the previous filter; the new one is loading. */
  readonly isOld: boolean;
  readonly paging: { readonly isBusy: boolean; readonly error: ApiError | null };
  reload(): void;
  /** Loads the next page. Does nothing while a page is loading. */
  more(): Promise<void>;
  /** Reads a shown row again. If that fails, the row stays as it is. */
  refresh(id: string): Promise<void>;
  /** Takes a deleted row out. */
  remove(id: string): void;
}

/** @param returned the list as it was left, if Back has led here. */
export function useList(filter: Filter, returned: Kept | null): List {
  const { client, account } = useSession();
  const paging = useAction();
  /** For each running request, the events that arrived since it started. */
  const recorders = useRef(new Set<News[]>());
  const shown = useRef<Rows>({ rows: [], next: null });
  const withAll = (list: Rows, all: readonly News[]) =>
    all.reduce((rows, each) => withNews(rows, each, { filter, mode: account.mode, now: Date.now() }), list);

  const page = async (cursor: string | null, limit: number): Promise<Rows> => {
    const { data, next_cursor } = await client.listGenerations({
      ...apiQueryOf(filter, Date.now()),
      limit: String(limit),
      ...(cursor === null ? {} : { cursor }),
    });
    return { rows: data, next: next_cursor };
  };
  /** Reads from the newest row on, as far as rows are shown. */
  const readShown = async (): Promise<Rows> => {
    let list = await page(null, FIRST_PAGE);
    for (let reads = 1; reads < MAX_READS && !reaches(list, shown.current.rows); reads++) {
      const { rows, next } = await page(list.next, LARGE_PAGE);
      list = { rows: [...list.rows, ...rows], next };
    }
    return withOlder(list, shown.current);
  };
  const recording = async (read: () => Promise<Rows>) => {
    const news: News[] = [];
    recorders.current.add(news);
    try {
      return { page: await read(), news };
    } finally {
      recorders.current.delete(news);
    }
  };

  const { value, error, isOld, reload, change } = useLoad(
    addressOf(filter),
    async () => {
      const { page: read, news } = await recording(readShown);
      return withAll(read, news);
    },
    returned?.list ?? null,
  );
  shown.current = isOld || value === null ? { rows: [], next: null } : value;

  const queued = shown.current.rows.filter(({ status }) => status === "queued").length;
  const planPlaces = useLooks(
    shown.current.rows.some(({ queue }) => queue !== null),
    async () => {
      if (queued === 0) return;
      const query = { ...apiQueryOf(filter, Date.now()), status: "queued", limit: `${Math.min(queued, LARGE_PAGE)}` };
      const { data } = await client.listGenerations(query);
      change((list) => withPlaces(list, data));
    },
  );
  /** For events of generations of which only the API can tell whether they match. */
  const planFirstPage = useLooks(false, async () => {
    const { page: read, news } = await recording(() => page(null, FIRST_PAGE));
    change((list) => withAll(withRead(list, read.rows), news));
  });
  useEvents(({ type, data }) => {
    // Events may have been missed between loading the list and connecting.
    if (type === "open" || type === "reset") return reload();
    if (!type.startsWith("generation.")) return;
    const { data: news } = data as { data: News };
    for (const recorded of recorders.current) recorded.push(news);
    change((list) => withAll(list, [news]));
    // Events do not have the place, and the provider may still refuse it.
    if (news.status === "queued") planPlaces();
    if (isUndecided(shown.current, news, filter)) planFirstPage();
  });
  // After `useEvents`, so that no event is missed.
  useEffect(() => {
    if (returned === null) return;
    returned.end();
    if (returned.isStale) reload();
    else change((list) => withAll(list, returned.news));
  }, []);

  const isPaging = useRef(false);
  const more = async () => {
    const cursor = value?.next ?? null;
    if (cursor === null || isOld || isPaging.current) return;
    isPaging.current = true;
    await paging.run(async () => {
      const older = await recording(() => page(cursor, LARGE_PAGE));
      change((list) => withPage(list, { cursor, ...older }, { filter, mode: account.mode, now: Date.now() }));
    });
    isPaging.current = false;
  };
  const refresh = async (id: string) => {
    const read = await recording(async () => {
      const { data, next_cursor } = await client.listGenerations({ q: id, limit: "1" });
      return { rows: data.filter((row) => row.id === id), next: next_cursor };
    }).catch(() => null);
    if (read === null) return;
    change((list) => {
      const isShown = list.rows.some((row) => row.id === id);
      return isShown ? withAll(withRead(list, read.page.rows), read.news) : list;
    });
  };
  const remove = (id: string) => change(({ rows, next }) => ({ rows: rows.filter((row) => row.id !== id), next }));
  return { value, error, isOld, paging, reload, more, refresh, remove };
}

/** Whether only the API can tell if the list has the generation. */
function isUndecided({ rows }: Rows, news: News, filter: Filter): boolean {
  if (news.status === "deleted" || rows.some(({ id }) => id === news.id)) return false;
  return matches(filter, { ...UNTOLD, ...news, status: news.status }, Date.now()) === null;
}
