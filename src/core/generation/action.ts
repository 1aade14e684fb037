// What a generation's object does in the outside world, and what each action can come to. Adapters return these outcomes;
// they never throw.

import type { AttemptResult, Recipient } from "../webhooks/delivery.ts";
import type { EventType } from "../webhooks/events.ts";
import type { Rotating } from "../webhooks/rotation.ts";
import type { Failure, GenerationErrorCode } from "./errors.ts";
import type { ReportedStatus, StoredVideo } from "./record.ts";

interface ActionFields {
  readonly submit: { readonly requestId: string };
  /** Looks in the provider's log for what became of a submission. */
  readonly reconcile: { readonly requestId: string; readonly sentAt: number };
  readonly poll: { readonly jobId: string; readonly slot: number };
  /** Copies the video into R2. */
  readonly store: { readonly sourceUrl: string };
  /** One attempt of a delivery. */
  readonly deliver: { readonly deliveryId: string };
  /** Deletes the staged input. */
  readonly "delete-input": { readonly key: string };
  /** Tells the account's index how the generation stands, and asks which standing endpoints want these events. */
  readonly report: { readonly summary: Summary; readonly events: readonly EventType[] };
  /** Deletes the video, and aborts an upload to its key. */
  readonly purge: object;
}

export type ActionKind = keyof ActionFields;

export type Action<K extends ActionKind = ActionKind> = {
  readonly [P in K]: { readonly kind: P } & ActionFields[P];
}[K];

interface OutcomeFields {
  readonly submit: { readonly requestId: string; readonly result: SubmitResult };
  readonly reconcile: { readonly result: ReconcileResult };
  readonly poll: { readonly slot: number; readonly result: PollResult };
  readonly store: { readonly result: StoreResult };
  readonly deliver: { readonly deliveryId: string; readonly result: AttemptResult };
  readonly "delete-input": { readonly result: DeleteResult };
  readonly report: { readonly status: ReportedStatus; readonly result: ReportResult };
  readonly purge: { readonly result: DeleteResult };
}

export type Outcome<K extends ActionKind = ActionKind> = {
  readonly [P in K]: { readonly kind: P } & OutcomeFields[P];
}[K];

/** Two actions with the same key never run at once. */
export function actionKey(action: Action): string {
  return action.kind === "deliver" ? `deliver:${action.deliveryId}` : action.kind;
}

/** What time alone brings about. */
export type Expiry =
  /** A deadline has passed. */
  | { readonly kind: "fail"; readonly failure: Failure }
  /** The retention of a generation that has ended is over. */
  | { readonly kind: "remove" }
  /** The tombstone of a deleted generation has had its time. */
  | { readonly kind: "forget" };

/** An entry of the agenda. */
export interface Entry<A extends { readonly kind: string }> {
  /** It is due from this time on. */
  readonly at: number;
  readonly action: A;
}

export type SubmitResult =
  | { readonly kind: "accepted"; readonly jobId: string; readonly status: string; readonly credits: number | null }
  /** A definite no: no job was made, and none will be. */
  | { readonly kind: "refused"; readonly code: GenerationErrorCode; readonly message: string }
  /** A definite "not now": no job was made; the same may be sent again. */
  | { readonly kind: "busy"; readonly retryAfterMs: number | null; readonly message: string }
  /** It may have been accepted. It must not be sent again. */
  | { readonly kind: "unknown"; readonly message: string };

export type ReconcileResult =
  | { readonly kind: "found"; readonly jobId: string }
  /** The provider's log says that the submission failed there. */
  | { readonly kind: "failed" }
  /** Not in the log, which proves nothing: rows appear late. */
  | { readonly kind: "absent" }
  | { readonly kind: "unavailable"; readonly retryAfterMs: number | null; readonly message: string };

/** What the provider says of its job, as it says it. */
export interface JobStatus {
  readonly status: string;
  readonly credits: number | null;
}

export type PollResult =
  | ({ readonly kind: "running"; readonly started: boolean } & JobStatus)
  | ({ readonly kind: "done"; readonly url: string | null } & JobStatus)
  | ({ readonly kind: "failed"; readonly code: GenerationErrorCode; readonly message: string } & JobStatus)
  | { readonly kind: "missing" }
  | { readonly kind: "unavailable"; readonly retryAfterMs: number | null; readonly message: string };

/** A link to a stored video that needs no API key. */
export interface SignedLink {
  readonly url: string;
  /** Null when it could not be signed: the URL then needs an API key, and does not expire. */
  readonly expiresAt: number | null;
}

export type StoreResult =
  | { readonly kind: "stored"; readonly video: StoredVideo; readonly link: SignedLink }
  /** The source is dead: the provider must be asked for a fresh URL. */
  | { readonly kind: "gone"; readonly message: string }
  /** The network or R2 failed; the same again may succeed. */
  | { readonly kind: "interrupted"; readonly message: string }
  /** What the source holds can never be stored: not a video, too large, or a URL that must not be fetched. */
  | { readonly kind: "rejected"; readonly message: string };

export type DeleteResult = { readonly kind: "done" } | { readonly kind: "unavailable" };

export type ReportResult = ({ readonly kind: "done" } & ReportAnswer) | { readonly kind: "unavailable" };

/** What the account answers to a report. */
export interface ReportAnswer {
  /** Whom to tell of each event that was asked about. */
  readonly endpoints: { readonly [T in EventType]?: readonly Recipient[] };
  /** Of the scope's webhook secret. */
  readonly rotation: Rotating<number>;
}

/** A generation as its account's index holds it. */
export interface Summary {
  readonly id: string;
  /** A summary of a lower version is older, whenever it arrives. */
  readonly version: number;
  readonly status: ReportedStatus;
  readonly model: string;
  readonly createdAt: number;
  /** When the watchdog looks, unless it already has another time for that. */
  readonly checkAt: number;
}
