// What a generation's object answers.

import type { Status, StoredVideo } from "../core/generation/record.ts";
import type { Scope } from "../core/scope.ts";

export type CreateResult =
  | { readonly kind: "created"; readonly view: string }
  | { readonly kind: "replayed"; readonly view: string }
  /** The id is taken by a generation made from another request. */
  | { readonly kind: "mismatch" }
  /** The id was that of a generation which has been deleted since. */
  | { readonly kind: "deleted" };

export type CancelResult =
  | { readonly kind: "canceled"; readonly view: string }
  | { readonly kind: "already_finished"; readonly status: Status }
  | { readonly kind: "not_found" };

export type RemoveResult = { readonly kind: "removed" | "in_progress" | "not_found" };

export interface FoundVideo {
  readonly scope: Scope;
  /** Null while there is nothing stored. */
  readonly video: StoredVideo | null;
  readonly finishedAt: number | null;
}

/** What the watchdog is told. */
export interface Ensured {
  /** Of the generation that is here; null when there is none, or none any more. */
  readonly createdAt: number | null;
  /** When to look again; null when never. */
  readonly checkAt: number | null;
}
