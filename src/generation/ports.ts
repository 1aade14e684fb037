// The interfaces through which a generation's object reaches the outside world. Adapters implement them: they return
// tagged results, never throw, and never touch the object's storage.

import type { EventType, ProviderName, SandboxScript } from "../contract/words.ts";
import type {
  PollResult,
  ReconcileResult,
  ReportAnswer,
  SignedLink,
  StoreResult,
  SubmitResult,
  Summary,
} from "../core/generation/action.ts";
import type { Generation, StoredVideo } from "../core/generation/record.ts";
import type { Progress } from "../core/generation/view.ts";
import type { JsonObject } from "../core/json.ts";
import type { QueuePlace, StandingAnswer, StandingReport } from "../core/queue/standing.ts";
import type { Scope } from "../core/scope.ts";
import type { AttemptResult } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget, Destination } from "../core/webhooks/destination.ts";
import type { EndpointOutcome } from "../core/webhooks/endpoint.ts";
import type { FrozenEvent } from "../core/webhooks/events.ts";
import type { DeliveryStanding } from "../core/webhooks/logged-delivery.ts";

/** A service that generates videos. */
export interface Provider {
  submit(submission: Submission): Promise<SubmitResult>;
  /** Finds out what happened to a submission whose answer was lost. */
  reconcile(lost: {
    readonly requestId: string;
    /** Milliseconds since the Unix epoch. */
    readonly sentAt: number;
    readonly model: string;
  }): Promise<ReconcileResult>;
  /**
   * @param job its `input` is needed to recognize what the provider repeats from the caller's request: URLs are
   * ignored, and texts are kept out of logs. Null if the generation was deleted, and its input with it.
   */
  poll(job: Pick<Generation, "id" | "path"> & { readonly input: JsonObject | null }): Promise<PollResult>;
}

export interface Submission {
  readonly model: string;
  /** The provider's path for this model. */
  readonly path: string;
  /** For the sandbox: the script to run. Null: the prompt decides. */
  readonly simulate: SandboxScript | null;
  readonly input: JsonObject;
  /** The whole request body, if `input` was shortened; otherwise null. */
  readonly staged: StagedBody | null;
  /** Unique to this try, so that the provider's log can be searched for it. */
  readonly requestId: string;
}

/** A request body stored in R2. */
export interface StagedBody {
  readonly body: ReadableStream<Uint8Array>;
  readonly bytes: number;
}

export interface VideoStore {
  /** Copies a video to its generation's key in R2. */
  copy(order: StoreOrder): Promise<CopyResult>;
  /** Deletes a generation's video and aborts its open upload, if any. @returns whether both succeeded. */
  purge(generation: Pick<Generation, "id" | "scope" | "openUpload">): Promise<boolean>;
  /** Deletes a video left behind by a stale copy. @returns whether that succeeded. */
  delete(key: string): Promise<boolean>;
}

/** Inputs that are too large for a row of the object's storage. */
export interface InputStore {
  /** Returns null if the input is missing or R2 fails. */
  open(key: string): Promise<StagedBody | null>;
  /** Idempotent. @returns whether that succeeded. */
  delete(key: string): Promise<boolean>;
}

export interface StoreOrder extends Pick<Generation, "id" | "scope" | "model" | "input"> {
  /** The provider that returned the URL. */
  readonly provider: ProviderName;
  readonly url: string;
  readonly maxBytes: number;
  /** A multipart upload that an earlier try may have left open. It is aborted first. */
  readonly staleUpload: string | null;
  readonly signal: AbortSignal;
  /** Called when a multipart upload has been opened, before its first part is sent. */
  onUpload(uploadId: string): void;
  onProgress(progress: Progress): void;
}

export type CopyResult =
  | { readonly kind: "stored"; readonly video: StoredVideo }
  | Exclude<StoreResult, { readonly kind: "stored" }>;

export interface LinkSigner {
  sign(video: {
    readonly id: string;
    /**
     * When the generation was created, in milliseconds since the Unix epoch. The link does not open the video of a
     * later generation with the same id.
     */
    readonly createdAt: number;
    /** Origin of this Worker; the link starts with it. */
    readonly base: string;
    readonly ttlMs: number;
  }): Promise<SignedLink>;
}

export interface WebhookSender {
  send(message: Message): Promise<AttemptResult>;
}

/** One attempt to send one event to one webhook. */
export interface Message {
  /** The value of `webhook-id`. */
  readonly id: string;
  readonly body: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly scope: Scope;
  readonly destination: Destination;
  /** Aborts the attempt when its outcome is no longer needed. */
  readonly signal?: AbortSignal;
}

/** What generations need from accounts: an index, and the recipients of events. */
export interface Accounts {
  /**
   * A summary older than the one in the index is ignored. Returns null if the account does not answer.
   *
   * @param bodies the events, for listeners.
   * @param targets the deliveries that are due.
   */
  report(
    scope: Scope,
    summary: Summary,
    events: readonly EventType[],
    bodies: readonly FrozenEvent[],
    targets: readonly DeliveryTarget[],
  ): Promise<ReportAnswer | null>;
  /**
   * Where these deliveries go and how they are signed, in the same order. Returns null if the account does not answer.
   */
  deliveryInstructions(
    scope: Scope,
    deliveries: readonly DeliveryTarget[],
  ): Promise<readonly DeliveryInstruction[] | null>;
  /** Updates the health of endpoints with these URLs and notifies listeners. A report that does not arrive is lost. */
  reportAttempts(scope: Scope, attempts: readonly AttemptReport[]): Promise<void>;
}

/** What generations need from the line of their provider key. */
export interface Queue {
  /** Whether this isolate knows that others wait in line. */
  hasLine(): boolean;
  /** Called when the provider has refused a submission as one too many: there will be a line. */
  noteRefusal(): void;
  /** Called when the provider has refused a poll as one too many. */
  notePollRefusal(): void;
  /** Whether polls make room for submissions: others are known to wait in line, and polls were refused lately. */
  mustPollsYield(): boolean;
  /** Idempotent. Returns null if the line does not answer within 5 s. */
  tell(report: StandingReport): Promise<StandingAnswer | null>;
  /** Null if the generation does not wait there, or the line does not answer within 1 s. */
  place(id: string): Promise<QueuePlace | null>;
}

/** One attempt of a delivery, as reported to the account. */
export interface AttemptReport extends EndpointOutcome {
  readonly generationId: string;
  readonly deliveryId: string;
  readonly event: EventType;
  readonly url: string;
  readonly endpointId: string | null;
  /** First 1 KiB of the answer; null without one. During a deploy, the previous release sends neither this nor `after`. */
  readonly response?: string | null;
  /** Whether a redelivery or a recovery asked for it. Absent if not. */
  readonly manual?: true;
  /** The delivery after the attempt. */
  readonly after?: AttemptedDelivery;
}

export interface AttemptedDelivery extends Omit<DeliveryStanding, "lastAttempt"> {
  readonly createdAt: number;
  readonly generationCreatedAt: number;
}
