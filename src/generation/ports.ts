// What a generation's object needs of the outside world. Adapters fill these ports: they return tagged results, never throw,
// and never touch the object's storage.

import type {
  PollResult,
  ReconcileResult,
  ReportAnswer,
  SignedLink,
  StoreResult,
  SubmitResult,
  Summary,
} from "../core/generation/action.ts";
import type { Generation, JsonObject, ProviderName, StoredVideo } from "../core/generation/record.ts";
import type { Progress } from "../core/generation/view.ts";
import type { Scope } from "../core/scope.ts";
import type { AttemptResult } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget, Destination } from "../core/webhooks/destination.ts";
import type { EndpointOutcome } from "../core/webhooks/endpoint.ts";
import type { EventType } from "../core/webhooks/events.ts";

/** An upstream that makes videos. */
export interface Provider {
  submit(submission: Submission): Promise<SubmitResult>;
  /** Finds out what became of a submission whose answer was lost. */
  reconcile(lost: {
    readonly requestId: string;
    /** Milliseconds since the Unix epoch. */
    readonly sentAt: number;
    readonly model: string;
  }): Promise<ReconcileResult>;
  poll(job: { readonly id: string; readonly model: string }): Promise<PollResult>;
}

export interface Submission {
  readonly model: string;
  readonly input: JsonObject;
  /** The whole request body where `input` is shortened. */
  readonly staged: StagedBody | null;
  /** Unique to this try; the provider's log can be searched for it. */
  readonly requestId: string;
}

/** A request body as it lies in R2. */
export interface StagedBody {
  readonly body: ReadableStream<Uint8Array>;
  readonly bytes: number;
}

export interface VideoStore {
  /** Copies a video to the place of its generation. */
  copy(order: StoreOrder): Promise<CopyResult>;
  /** Deletes the video of a generation, and aborts an upload that may be open there. @returns whether that worked. */
  purge(generation: Pick<Generation, "id" | "scope" | "openUpload">): Promise<boolean>;
  /** Deletes a video that a stale copy has left behind. @returns whether that worked. */
  delete(key: string): Promise<boolean>;
}

/** Inputs that are too large for a row of the object. */
export interface InputStore {
  /** Null when it is not there, or R2 does not answer. */
  open(key: string): Promise<StagedBody | null>;
  /** Deleting what is not there succeeds. @returns whether that worked. */
  delete(key: string): Promise<boolean>;
}

export interface StoreOrder extends Pick<Generation, "id" | "scope" | "model" | "input"> {
  /** Whose URL it is. */
  readonly provider: ProviderName;
  readonly url: string;
  readonly maxBytes: number;
  /** A multipart upload that an earlier try may have left open; it is aborted first. */
  readonly staleUpload: string | null;
  readonly signal: AbortSignal;
  /** Called before the first part of a multipart upload leaves. */
  onUpload(uploadId: string): void;
  onProgress(progress: Progress): void;
}

export type CopyResult =
  | { readonly kind: "stored"; readonly video: StoredVideo }
  | Exclude<StoreResult, { readonly kind: "stored" }>;

export interface LinkSigner {
  sign(video: {
    readonly id: string;
    readonly scope: Scope;
    /** Origin of this Worker. */
    readonly base: string;
    readonly ttlMs: number;
  }): Promise<SignedLink>;
}

export interface WebhookSender {
  send(message: Message): Promise<AttemptResult>;
}

/** One event on its way to one webhook. */
export interface Message {
  /** The value of `webhook-id`. */
  readonly id: string;
  readonly body: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly scope: Scope;
  readonly destination: Destination;
  /** Ends the attempt before its time, when nobody wants its outcome any more. */
  readonly signal?: AbortSignal;
}

/** The accounts, as generations need them: an index, and whom to tell. */
export interface Accounts {
  /** An older summary than the one it holds changes nothing. Null when the account does not answer. */
  report(scope: Scope, summary: Summary, events: readonly EventType[]): Promise<ReportAnswer | null>;
  /** Where these deliveries go and how they are signed, in their order. Null when the account does not answer within 2 s. */
  deliveryInstructions(
    scope: Scope,
    deliveries: readonly DeliveryTarget[],
  ): Promise<readonly DeliveryInstruction[] | null>;
  /** For the health of endpoints with that URL, and for whoever listens. What does not arrive is lost. */
  reportAttempt(scope: Scope, attempt: AttemptReport): Promise<void>;
}

/** One attempt of a delivery, as the account hears of it. */
export interface AttemptReport extends EndpointOutcome {
  readonly generationId: string;
  readonly deliveryId: string;
  readonly event: EventType;
  readonly url: string;
  readonly endpointId: string | null;
}
