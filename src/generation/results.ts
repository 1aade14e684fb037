// Results that a generation's object returns.

import type { ProviderJobView } from "../contract/drop-in.ts";
import type { GenerationView } from "../contract/generation.ts";
import type { Json } from "../contract/json.ts";
import type { Status } from "../contract/words.ts";
import type { Failure } from "../core/generation/errors.ts";
import type { StoredVideo } from "../core/generation/record.ts";
import type { Retirement } from "../core/models/retirement.ts";
import type { Scope } from "../core/scope.ts";

/** A generation as JSON, and what the HTTP side needs for the status and the headers of its answer. */
export interface ShownGeneration {
  readonly json: Json<GenerationView>;
  readonly status: Status;
  /** Why it failed before the provider accepted it; null otherwise. */
  readonly refusal: Failure | null;
  /** The retirement of its model, if it was near or past when the generation was accepted. */
  readonly retirement: Retirement | null;
}

export interface ReadGeneration extends ShownGeneration {
  /** False if the call did not wait as asked, because too many calls wait for this generation already. */
  readonly hasWaited: boolean;
}

/** A generation in the provider's own format. */
export interface ShownJob extends Pick<ShownGeneration, "retirement"> {
  readonly json: Json<ProviderJobView>;
}

export type CreateResult =
  /** `replayed`: an earlier request created it. */
  | { readonly kind: "created" | "replayed"; readonly generation: ShownGeneration }
  /** A different request created the generation with this id. */
  | { readonly kind: "mismatch" }
  /** The generation with this id was deleted. */
  | { readonly kind: "deleted" };

export type CancelResult =
  | { readonly kind: "canceled"; readonly json: Json<GenerationView> }
  | { readonly kind: "already_finished"; readonly status: Status }
  | { readonly kind: "not_found" };

export type RemoveResult = { readonly kind: "removed" | "in_progress" | "not_found" };

export type WatchResult =
  /** Server-sent events until the generation's end. */
  | { readonly kind: "stream"; readonly stream: ReadableStream<Uint8Array> }
  /** The caller already has the last event. */
  | { readonly kind: "ended" }
  | { readonly kind: "not_found" };

export interface FoundVideo {
  readonly scope: Scope;
  /** When the generation was created, in milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** Null if no video is stored. */
  readonly video: StoredVideo | null;
  /** Milliseconds since the Unix epoch; null until the generation ends. */
  readonly finishedAt: number | null;
}

/** Result of a check by the watchdog. */
export interface Ensured {
  /** When the generation was created; null if there is none. */
  readonly createdAt: number | null;
  /** When to check again; null for never. */
  readonly checkAt: number | null;
}
