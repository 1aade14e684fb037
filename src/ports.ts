// The small interfaces through which the inside reaches the outside world. Adapters implement them and return tagged
// results: they never throw, and never touch a generation's storage.

import type { AttemptResult, Delivery } from "./core/delivery.ts";
import type { Facts, JsonObject, Scope, Status, StoredVideo } from "./core/generation.ts";
import type { PollResult, ReconcileResult, SignedLink, SubmitResult, Summary } from "./core/outcome.ts";
import type { Progress } from "./core/view.ts";

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
}

export interface Submission {
  readonly model: string;
  readonly input: JsonObject;
  /** The whole request body where `input` is shortened: as it lies in R2, and its length in bytes. */
  readonly staged: StagedBody | null;
  /** Unique to this try; the provider's log can be searched for it. */
  readonly requestId: string;
}

export interface StagedBody {
  readonly body: ReadableStream<Uint8Array>;
  readonly bytes: number;
}

/** An upstream that makes videos. */
export interface Provider extends VideoSource {
  submit(submission: Submission): Promise<SubmitResult>;
  /** Finds out what became of a submission whose answer was lost. */
  reconcile(lost: {
    readonly requestId: string;
    readonly sentAt: number;
    readonly model: string;
  }): Promise<ReconcileResult>;
  poll(job: { readonly id: string; readonly model: string }): Promise<PollResult>;
}

export interface OpenVideo {
  readonly kind: "open";
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes that will come, where the source says so in a way that can be relied on. */
  readonly length: number | null;
}

export type OpenResult =
  | OpenVideo
  | { readonly kind: "gone"; readonly message: string }
  | { readonly kind: "interrupted"; readonly message: string }
  | { readonly kind: "rejected"; readonly message: string };

export interface VideoSource {
  open(url: string, signal: AbortSignal): Promise<OpenResult>;
}

export type CopyResult = { readonly kind: "stored"; readonly video: StoredVideo } | Exclude<OpenResult, OpenVideo>;

export interface CopyOrder {
  readonly from: VideoSource;
  readonly url: string;
  readonly key: string;
  readonly maxBytes: number;
  /** Written beside the object, so that the bucket makes sense without this Worker. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface VideoStore {
  copy(order: CopyOrder): Promise<CopyResult>;
  /** Deletes a video or a staged input; deleting what is not there succeeds. */
  delete(key: string): Promise<boolean>;
  openStaged(key: string): Promise<StagedBody | null>;
}

export interface WebhookSender {
  send(delivery: Pick<Delivery, "id" | "url">, body: string, scope: Scope): Promise<AttemptResult>;
}

export interface LinkSigner {
  sign(video: {
    readonly id: string;
    readonly scope: Scope;
    readonly base: string;
    readonly ttlMs: number;
  }): Promise<SignedLink>;
}

/** The accounts' indexes of their generations. */
export interface Accounts {
  /** Whether the account has heard; an older summary than the one it holds changes nothing. */
  report(scope: Scope, summary: Summary): Promise<boolean>;
}

/** One line of the log. No secret, prompt or query string ever goes in. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Log {
  info(event: string, fields: LogFields): void;
  error(event: string, fields: LogFields, cause: unknown): void;
}

/** What the HTTP side asks of generations; where and how they live is not its business. */
export interface Generations {
  /** Safe to repeat: the same facts under the same id make one generation. */
  create(facts: Facts, stagedKey: string | null): Promise<CreateResult>;
  /** The generation as JSON of a `GenerationView`; null when this scope has none by that id. */
  read(id: string, scope: Scope): Promise<string | null>;
  /** Ends the generation, unless it has ended by itself. */
  cancel(id: string, scope: Scope): Promise<CancelResult>;
  /** Its deliveries as JSON of a list of `DeliveryView`, the oldest first; null when this scope has no such generation. */
  deliveries(id: string, scope: Scope): Promise<string | null>;
  /** Sends a delivery again, now and by the schedule: the same id, the same body. Null when there is none such. */
  redeliver(id: string, scope: Scope, deliveryId: string): Promise<string | null>;
  /** Removes the generation, its video and its deliveries. */
  remove(id: string, scope: Scope, requestId: string): Promise<RemoveResult>;
  /** Whose video that is and where it lies; null when there is no generation by that id. */
  findVideo(id: string): Promise<FoundVideo | null>;
}

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
  readonly finished: boolean;
}
