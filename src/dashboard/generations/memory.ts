// Remembers the list as it was left, so that Back finds the same pages at the same place. In memory only: a reload, or
// another way to the list, begins at the top.

import type { Client } from "../shared/api.ts";
import type { Session } from "../shared/hooks.ts";
import type { News, Rows } from "./rows.ts";

export interface Kept {
  readonly list: Rows;
  readonly scrollY: number;
  /** The row whose link was followed; empty if none was. */
  readonly leftFor: string;
  /** Events since then. */
  readonly news: readonly News[];
  /** Whether more may have happened than `news` has. */
  readonly isStale: boolean;
  /** Ends the recording of events. */
  end(): void;
}

interface Memory extends Kept {
  news: News[];
  isStale: boolean;
  end(): void;
}

const MAX_VISITS = 5;
const MAX_NEWS = 1_000;

/** By visit, the last one last. A visit is an entry of the tab's history. */
const memories = new WeakMap<Client, Map<string, Memory>>();

/** The visit that the tab's history shows; a new one if it has none. */
export function currentVisit(): string {
  const { visit } = (history.state ?? {}) as { visit?: string };
  if (visit !== undefined) return visit;
  const fresh = String(performance.timeOrigin + performance.now());
  history.replaceState({ ...history.state, visit: fresh }, "");
  return fresh;
}

/** What is remembered of the visit that the tab's history shows. */
export function recall(client: Client): Kept | null {
  const { visit } = (history.state ?? {}) as { visit?: string };
  return memories.get(client)?.get(visit ?? "") ?? null;
}

/** Keeps the list, and records the events that it misses. */
export function remember(
  { client, subscribe }: Session,
  visit: string,
  left: Pick<Kept, "list" | "scrollY" | "leftFor">,
): void {
  const memory: Memory = { ...left, news: [], isStale: false, end: () => {} };
  memory.end = subscribe(({ type, data }) => {
    if (type === "open" || type === "reset" || memory.news.length === MAX_NEWS) memory.isStale = true;
    else if (type.startsWith("generation.")) memory.news.push((data as { data: News }).data);
  });
  const visits = memories.get(client) ?? new Map<string, Memory>();
  memories.set(client, visits);
  forget(client, visit);
  visits.set(visit, memory);
  const [oldest = visit] = visits.keys();
  if (visits.size > MAX_VISITS) forget(client, oldest);
}

export function forget(client: Client, visit: string): void {
  const visits = memories.get(client);
  visits?.get(visit)?.end();
  visits?.delete(visit);
}
