// The small interfaces through which the inside reaches the outside world. Adapters implement them and return tagged
// results: they never throw, and never touch a generation's storage.

import type {
  PollResult,
  ReconcileResult,
  ReportAnswer,
  SignedLink,
  SubmitResult,
  Summary,
} from "./core/generation/action.ts";
import type { Facts, JsonObject, Scope, Status, StoredVideo } from "./core/generation/record.ts";
import type { Progress } from "./core/generation/view.ts";
import type { AttemptResult } from "./core/webhooks/delivery.ts";
import type { Addressed, Destination, SigningWord } from "./core/webhooks/destination.ts";
import type { EndpointChange, EndpointFields, EndpointOutcome } from "./core/webhooks/endpoint.ts";
import type { EventType } from "./core/webhooks/events.ts";
import type { Rotating } from "./core/webhooks/rotation.ts";

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
  /** Bytes of the whole video, where the source says so in a way that can be relied on. */
  readonly length: number | null;
  /** Which version of the video this is, where the source can go on in the middle of it. */
  readonly resumeTag: string | null;
}

/** From where a download goes on, of which version. */
export interface Resume {
  readonly offset: number;
  readonly tag: string;
}

export type OpenResult =
  | OpenVideo
  | { readonly kind: "gone"; readonly message: string }
  | { readonly kind: "interrupted"; readonly message: string }
  | { readonly kind: "rejected"; readonly message: string };

export interface VideoSource {
  /** @param resume the rest of it only; a source that cannot is interrupted. */
  open(url: string, signal: AbortSignal, resume?: Resume): Promise<OpenResult>;
}

export type CopyResult = { readonly kind: "stored"; readonly video: StoredVideo } | Exclude<OpenResult, OpenVideo>;

export interface CopyOrder {
  readonly from: VideoSource;
  readonly url: string;
  readonly key: string;
  readonly maxBytes: number;
  /** Written beside the object, so that the bucket makes sense without this Worker. */
  readonly metadata: Readonly<Record<string, string>>;
  /** A multipart upload that an earlier try may have left open; it is aborted first. */
  readonly staleUpload: string | null;
  readonly signal: AbortSignal;
  /** Called before the first part of a multipart upload leaves. */
  onUpload(uploadId: string): void;
  onProgress(progress: Progress): void;
}

export interface VideoStore {
  copy(order: CopyOrder): Promise<CopyResult>;
  /** Deletes a video or a staged input, and aborts an upload to that key; deleting what is not there succeeds. */
  delete(key: string, openUpload?: string | null): Promise<boolean>;
  openStaged(key: string): Promise<StagedBody | null>;
}

/** One event on its way to one webhook. */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly scope: Scope;
  readonly destination: Destination;
  /** Ends the attempt before its time, when nobody wants its outcome any more. */
  readonly signal?: AbortSignal;
}

export interface WebhookSender {
  send(message: Message): Promise<AttemptResult>;
}

export interface LinkSigner {
  sign(video: {
    readonly id: string;
    readonly scope: Scope;
    readonly base: string;
    readonly ttlMs: number;
  }): Promise<SignedLink>;
}

/** The accounts, as generations need them: an index, and those who are to be told. */
export interface Accounts {
  /** An older summary than the one it holds changes nothing. Null when the account does not answer. */
  report(scope: Scope, summary: Summary, events: readonly EventType[]): Promise<ReportAnswer | null>;
  /**
   * How to sign each of these deliveries now, in their order. Null when the account does not answer, which takes 2 s at
   * most.
   */
  signing(scope: Scope, deliveries: readonly Addressed[]): Promise<readonly SigningWord[] | null>;
  /** For the health of endpoints with that URL, and for whoever listens. What does not arrive is lost. */
  attempted(scope: Scope, result: TriedDelivery): Promise<void>;
}

/** One attempt of a delivery, as the account hears of it. */
export interface TriedDelivery extends EndpointOutcome {
  readonly generationId: string;
  readonly deliveryId: string;
  readonly event: EventType;
  readonly url: string;
  readonly endpointId: string | null;
}

/** A place in the list of a scope's generations, which is ordered by both. */
export interface ListPlace {
  readonly createdAt: number;
  readonly id: string;
}

export interface ListOrder {
  readonly status?: Status | undefined;
  readonly model?: string | undefined;
  readonly limit: number;
  /** Of the last one of the page before; null at first. */
  readonly after: ListPlace | null;
}

export interface ListPage {
  readonly rows: readonly (ListPlace & { readonly status: Status; readonly model: string })[];
  /** Where the next page begins; null when there is none. */
  readonly next: ListPlace | null;
}

/** What the HTTP side asks of a scope's index. */
export interface Index {
  /** The newest first. With a filter a page may be short, or empty, and there may be more all the same. */
  list(scope: Scope, order: ListOrder): Promise<ListPage>;
  /** A place among at most `most` that are in flight; false when there is none. Safe to repeat. */
  reserve(scope: Scope, place: ListPlace & { readonly model: string }, most: number): Promise<boolean>;
  /** Gives such a place back; one that a generation has taken stays. */
  release(scope: Scope, place: ListPlace): Promise<void>;
  /** Server-sent events of everything in the scope, from the one after that id. */
  listen(scope: Scope, after: string | null): Promise<ReadableStream<Uint8Array>>;
}

/** What the HTTP side asks of a scope's webhooks. Views are JSON; null when there is no such endpoint. */
export interface Webhooks {
  /** Of the scope's own secret. */
  rotation(scope: Scope): Promise<Rotating<number>>;
  rotateSecret(scope: Scope): Promise<Rotating<number>>;
  /** A list of `EndpointView`, the oldest first. */
  list(scope: Scope): Promise<string>;
  /** Null when the scope has as many as it may. */
  create(scope: Scope, id: string, fields: EndpointFields, enabled: boolean): Promise<string | null>;
  read(scope: Scope, id: string): Promise<string | null>;
  change(scope: Scope, id: string, change: EndpointChange): Promise<string | null>;
  remove(scope: Scope, id: string): Promise<boolean>;
  /** Base64. */
  secret(scope: Scope, id: string): Promise<string | null>;
  rotate(scope: Scope, id: string): Promise<string | null>;
  /** Sends `webhook.test` now; the delivery, with the answer when it comes soon. */
  test(scope: Scope, id: string, origin: string): Promise<string | null>;
  /** Sends again what has failed, of generations accepted since then. */
  recover(scope: Scope, id: string, since: number): Promise<boolean>;
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
  /** Whether one was made under that id, be it that only its tombstone is left. */
  wasMade(id: string): Promise<boolean>;
  /**
   * The generation as JSON of a `GenerationView`; null when this scope has none by that id.
   *
   * @param waitMs how long to wait for its end.
   */
  read(id: string, scope: Scope, waitMs?: number): Promise<string | null>;
  /** Server-sent events until its end, those after that id; `ended` when that was the last; null when this scope has none by that id. */
  watch(id: string, scope: Scope, after: string): Promise<ReadableStream<Uint8Array> | "ended" | null>;
  /** What has happened so far, as JSON of a `Timeline`. */
  timeline(id: string, scope: Scope): Promise<string | null>;
  /** Ends the generation, unless it has ended by itself. */
  cancel(id: string, scope: Scope): Promise<CancelResult>;
  /** Its deliveries as JSON of a list of `DeliveryView`, the oldest first; null when this scope has no such generation. */
  deliveries(id: string, scope: Scope): Promise<string | null>;
  /** Sends a delivery again, now and by the schedule: the same id, the same body. Null when there is none such. */
  redeliver(id: string, scope: Scope, deliveryId: string): Promise<string | null>;
  /** One delivery as JSON of a `DeliveryDetailView`; null when this scope has none by that id. */
  delivery(id: string, scope: Scope, deliveryId: string): Promise<string | null>;
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
  readonly finishedAt: number | null;
}
