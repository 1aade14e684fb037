// Pages of a scope's generations, newest first.

import type { Status } from "../contract/words.ts";

/** Position in the list of a scope's generations, which is sorted by both fields. */
export interface ListPosition {
  readonly createdAt: number;
  readonly id: string;
}

export interface ListQuery {
  readonly status?: Status | undefined;
  readonly model?: string | undefined;
  readonly limit: number;
  /** Position of the last generation on the previous page; null for the first page. */
  readonly after: ListPosition | null;
}

export interface ListPage {
  readonly rows: readonly (ListPosition & { readonly status: Status; readonly model: string })[];
  /** Where the next page begins; null if there is none. */
  readonly next: ListPosition | null;
}
