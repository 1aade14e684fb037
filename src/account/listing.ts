// Pages of a scope's generations, the newest first.

import type { Status } from "../core/generation/record.ts";

/** A place in the list of a scope's generations, which is ordered by both. */
export interface ListPosition {
  readonly createdAt: number;
  readonly id: string;
}

export interface ListQuery {
  readonly status?: Status | undefined;
  readonly model?: string | undefined;
  readonly limit: number;
  /** Of the last one of the page before; null at first. */
  readonly after: ListPosition | null;
}

export interface ListPage {
  readonly rows: readonly (ListPosition & { readonly status: Status; readonly model: string })[];
  /** Where the next page begins; null when there is none. */
  readonly next: ListPosition | null;
}
