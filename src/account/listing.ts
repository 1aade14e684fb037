// Pages of a scope's generations, newest first.

import type { Status } from "../contract/words.ts";
import type { PageQuery, Position } from "../core/cursor.ts";
import type { Summary } from "../core/generation/action.ts";

export interface ListQuery extends PageQuery {
  readonly status?: Status | undefined;
  readonly model?: string | undefined;
}

/** A generation as the account last heard of it. */
export interface ListedGeneration extends Position, Pick<Summary, "model" | "estimate" | "usage"> {
  readonly status: Status;
}

export interface ListPage {
  readonly rows: readonly ListedGeneration[];
  /** Where the next page begins; null if there is none. */
  readonly next: Position | null;
}
