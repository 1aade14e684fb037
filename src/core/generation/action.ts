// The actions of a generation's object in the outside world, and their possible outcomes. Adapters return these
// outcomes and never throw.

import type { ErrorCode, EventType, TerminalStatus } from "../../contract/words.ts";
import type { MicroUsd } from "../money/micro-usd.ts";
import type { Usage } from "../money/usage.ts";
import type { Standing, StandingReport } from "../queue/standing.ts";
import type { DeliveryCounts } from "../webhooks/counts.ts";
import type { Attempt, AttemptResult, Delivery, Postponed, Recipient } from "../webhooks/delivery.ts";
import type { Instructed } from "../webhooks/destination.ts";
import type { Rotating } from "../webhooks/rotation.ts";
import type { Failure } from "./errors.ts";
import type { ReportedStatus, StoredVideo } from "./record.ts";

interface ActionFields {
  readonly submit: { readonly requestId: string };
  /** Tells the line of the provider key where the generation stands. */
  readonly queue: { readonly report: Omit<StandingReport, "id" | "account" | "createdAt"> };
  /** Looks up in the provider's log whether a submission was accepted. */
  readonly reconcile: { readonly requestId: string; readonly sentAt: number };
  readonly poll: { readonly jobId: string; readonly slot: number };
  /** Copies the video into R2. */
  readonly store: { readonly sourceUrl: string };
  /** One attempt of a delivery. */
  readonly deliver: { readonly deliveryId: string };
  /** Deletes the staged input. */
  readonly "delete-input": { readonly key: string };
  /** Reports the status to the account's index, and asks which webhook endpoints subscribe to these events. */
  readonly report: { readonly summary: Summary; readonly events: readonly EventType[] };
  /** Deletes the video and aborts any multipart upload to its key. */
  readonly purge: object;
}

export type ActionKind = keyof ActionFields;

export type Action<K extends ActionKind = ActionKind> = {
  readonly [P in K]: { readonly kind: P } & ActionFields[P];
}[K];

interface OutcomeFields {
  readonly submit: { readonly requestId: string; readonly result: SubmitResult };
  readonly queue: { readonly standing: Standing; readonly result: QueueResult };
  readonly reconcile: { readonly result: ReconcileResult };
  readonly poll: {
    readonly slot: number;
    readonly result: PollResult;
    /** Whether polls make room for submissions of the same provider key. Defaults to false. */
    readonly mustYield?: boolean;
  };
  readonly store: { readonly result: StoreResult };
  readonly deliver: { readonly deliveryId: string; readonly result: AttemptResult | Postponed };
  readonly "delete-input": { readonly result: DeleteResult };
  readonly report: { readonly status: ReportedStatus; readonly version: number; readonly result: ReportResult };
  readonly purge: { readonly result: DeleteResult };
}

export type Outcome<K extends ActionKind = ActionKind> = {
  readonly [P in K]: { readonly kind: P } & OutcomeFields[P];
}[K];

/** Two actions with the same key never run at the same time. */
export function actionKey(action: Action): string {
  return action.kind === "deliver" ? `deliver:${action.deliveryId}` : action.kind;
}

/** A change caused by the passing of time alone. */
export type Expiry =
  /** A deadline has passed. */
  | { readonly kind: "fail"; readonly failure: Failure }
  /** The retention period is over. */
  | { readonly kind: "remove" }
  /** The tombstone of a deleted generation has expired. */
  | { readonly kind: "forget" };

/** An entry of the agenda. */
export interface Entry<A extends { readonly kind: string }> {
  /** Due from this time on. */
  readonly at: number;
  readonly action: A;
}

export type SubmitResult =
  | ({ readonly kind: "accepted"; readonly jobId: string } & JobStatus)
  /** Definitely refused: no job was created, and none will be. */
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string }
  /** Definitely refused as one too many: no job was created. The same request may be sent again. */
  | { readonly kind: "busy"; readonly retryAfterMs: number | null; readonly message: string }
  /** Not sent, for a reason of this deployment's own. */
  | { readonly kind: "unsent"; readonly message: string }
  /** The job may have been accepted: the request must not be sent again. */
  | { readonly kind: "unknown"; readonly message: string };

/** The line's answer. `granted`: the generation has its turn. */
export type QueueResult = { readonly kind: "granted" | "acknowledged" | "unavailable" };

export type ReconcileResult =
  | { readonly kind: "found"; readonly jobId: string }
  /** The provider's log says that the submission failed. */
  | { readonly kind: "failed" }
  /** Not in the log. This proves nothing, because entries appear late. */
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable"; readonly retryAfterMs: number | null; readonly message: string };

/** A job's status and price, as reported by the provider. */
export interface JobStatus extends Usage {
  readonly status: string;
}

export type PollResult =
  | ({ readonly kind: "running"; readonly started: boolean } & JobStatus)
  /** `url` is null if the answer contains no link to a video that may be downloaded. */
  | ({ readonly kind: "done"; readonly url: string | null } & JobStatus)
  | ({
      readonly kind: "failed";
      /** Whether the answer states a price other than zero, readable or not. Defaults to false. */
      readonly isCharged?: boolean;
    } & Omit<Failure, "isFree"> &
      JobStatus)
  | { readonly kind: "missing" }
  | {
      readonly kind: "unavailable";
      /** Whether the provider has refused the poll as one too many (429, 503). Defaults to false. */
      readonly isRefused?: boolean;
      readonly retryAfterMs: number | null;
      readonly message: string;
    };

/** A link to a stored video that works without an API key. */
export interface SignedLink {
  readonly url: string;
  /** Null when signing failed: the URL then requires an API key and does not expire. */
  readonly expiresAt: number | null;
}

export type StoreResult =
  | { readonly kind: "stored"; readonly video: StoredVideo; readonly link: SignedLink }
  /** The link is dead, or does not lead to a video: the provider must be polled for a fresh one. */
  | { readonly kind: "gone"; readonly message: string }
  /** The host, the connection or R2 failed; a retry may succeed. */
  | Interrupted
  /** The video cannot be stored: it is too large, or its URL must not be fetched. */
  | { readonly kind: "rejected"; readonly message: string };

export interface Interrupted {
  readonly kind: "interrupted";
  readonly message: string;
  /** The host's `Retry-After`, in milliseconds. Null or absent if it sent none. */
  readonly retryAfterMs?: number | null;
}

export type DeleteResult = { readonly kind: "done" } | { readonly kind: "unavailable" };

export type ReportResult =
  | ({ readonly kind: "done" } & Omit<ReportAnswer, "instructions">)
  | { readonly kind: "unavailable" };

/** The account's answer to a report. */
export interface ReportAnswer {
  /** The webhook endpoints that subscribe, for each event that was asked about. */
  readonly endpoints: { readonly [T in EventType]?: readonly Recipient[] };
  /** Rotation state of the scope's webhook secret. */
  readonly rotation: Rotating<number>;
  /**
   * About the deliveries that are due, and those of the events to these endpoints. Absent in answers of earlier releases.
   */
  readonly instructions?: readonly Instructed[];
}

/** A generation's entry in its account's index. */
export interface Summary {
  readonly id: string;
  /** Orders summaries: a lower version is older, even if it arrives later. */
  readonly version: number;
  readonly status: ReportedStatus;
  /** Whether the generation counts as in flight. Also true after a cancel while its job may still run. */
  readonly inFlight: boolean;
  readonly model: string;
  readonly createdAt: number;
  /** The catalogue's price; null if it is not known. */
  readonly estimate: MicroUsd | null;
  /** Null until the provider states a price. */
  readonly usage: Usage | null;
  /** Null while the generation is in flight, if it has failed or was canceled without cost, and in test mode. */
  readonly settlement: Settlement | null;
  /** When the watchdog checks the generation, unless an earlier check is already scheduled. */
  readonly checkAt: number;
  /** The first {@link MAX_PROMPT_LENGTH} characters. Null if the input has no text as its prompt, and after deletion. */
  readonly prompt: string | null;
  /** Empty after deletion. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Why it failed or was canceled; otherwise null, and after deletion. */
  readonly error: ErrorCode | null;
  /** Null if they are not known. */
  readonly deliveries: DeliveryCounts | null;
  /** Null unless there is a stored video. */
  readonly video: { readonly durationMs: number | null } | null;
  /**
   * The deliveries to webhook endpoints. Empty until the generation has ended and each delivery has had its first attempt.
   */
  readonly endpointDeliveries: readonly EndpointDelivery[];
}

/** In UTF-16 code units. */
export const MAX_PROMPT_LENGTH = 1_000;

/** A delivery to a webhook endpoint, as its generation reports it. */
export interface EndpointDelivery
  extends Pick<Delivery, "id" | "event" | "url" | "createdAt" | "state" | "nextAttemptAt"> {
  readonly endpointId: string;
  /** Attempts in its log, which has the newest 50. */
  readonly attempts: number;
  readonly lastAttempt: Omit<Attempt, "response"> | null;
}

/** What the account adds to its usage for a generation in live mode, once nothing more can be charged. */
export interface Settlement {
  readonly outcome: TerminalStatus;
  /** What counts towards budgets. */
  readonly spent: MicroUsd;
  /** Size of the stored video; 0 if there is none. */
  readonly bytes: number;
}
