// The addresses of what the numbers count.

import type { OverviewView } from "../../contract/overview.ts";

/** The list of the generations that a number counts: those accepted since the beginning of the overview. */
export function listOf({ since }: Pick<OverviewView, "since">, filter: Readonly<Record<string, string>> = {}): string {
  return `#/generations?${new URLSearchParams({ ...filter, created_after: since })}`;
}

/** The usage page of the days, in UTC, that the overview reaches into. */
export function usageOf({ since }: Pick<OverviewView, "since">): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const from = Date.parse(since);
  return `#/usage?${new URLSearchParams({ from: day(from), to: day(from + 86_400_000) })}`;
}
