// Pages of a scope's generations, newest first.

import type { Status } from "../contract/words.ts";
import type { PageQuery, Position } from "../core/cursor.ts";

export interface ListQuery extends PageQuery {
  readonly status?: Status | undefined;
  readonly model?: string | undefined;
}

export interface ListPage {
  readonly rows: readonly (Position & { readonly status: Status; readonly model: string })[];
  /** Where the next page begins; null if there is none. */
  readonly next: Position | null;
}
