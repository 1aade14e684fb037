// What an action in the outside world can come to. Adapters return these; they never throw (see ports.ts).

import type { AttemptResult, Recipient } from "../webhooks/delivery.ts";
import type { EventType } from "../webhooks/events.ts";
import type { Rotating } from "../webhooks/rotation.ts";
import type { Failure, GenerationErrorCode } from "./errors.ts";
import type { ReportedStatus, StoredVideo } from "./record.ts";

export type SubmitResult =
  | { readonly kind: "accepted"; readonly jobId: string; readonly status: string; readonly credits: number | null }
  /** A definite no: nothing was made and nothing will be. */
  | { readonly kind: "refused"; readonly code: GenerationErrorCode; readonly message: string }
  /** A definite "not now": nothing was made; it may be sent again. */
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

interface JobWord {
  /** The provider's own word for the status. */
  readonly status: string;
  readonly credits: number | null;
}

export type PollResult =
  | ({ readonly kind: "running"; readonly started: boolean } & JobWord)
  | ({ readonly kind: "done"; readonly url: string | null } & JobWord)
  | ({ readonly kind: "failed"; readonly code: GenerationErrorCode; readonly message: string } & JobWord)
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

export type Action =
  | { readonly kind: "submit"; readonly requestId: string }
  | { readonly kind: "reconcile"; readonly requestId: string; readonly sentAt: number }
  | { readonly kind: "poll"; readonly jobId: string; readonly slot: number }
  | { readonly kind: "store"; readonly sourceUrl: string }
  | { readonly kind: "deliver"; readonly deliveryId: string }
  /** Deletes the staged input, once nobody needs it. */
  | { readonly kind: "unstage"; readonly key: string }
  /** Tells the account's index how the generation stands, and asks which standing endpoints want these events. */
  | { readonly kind: "report"; readonly summary: Summary; readonly events: readonly EventType[] }
  /** Empties the place of the video in R2. */
  | { readonly kind: "purge" };

/** What the time alone brings about, without anything happening outside. */
export type Expiry =
  /** A deadline has passed. */
  | { readonly kind: "fail"; readonly failure: Failure }
  /** The retention of what has ended is over. */
  | { readonly kind: "remove" }
  /** Even the tombstone of a deleted generation has had its time. */
  | { readonly kind: "forget" };

export interface Entry<A extends Action | Expiry = Action | Expiry> {
  /** It is due from this time on. */
  readonly at: number;
  readonly action: A;
}

/** A generation as its account's index holds it. */
export interface Summary {
  readonly id: string;
  /** A summary of a lower version is older, whenever it arrives. */
  readonly version: number;
  readonly status: ReportedStatus;
  readonly model: string;
  readonly createdAt: number;
  /** When the watchdog shall look, unless it has an earlier or later appointment. */
  readonly checkAt: number;
}

export type ActionKind = Action["kind"];

export type Outcome =
  | { readonly kind: "submit"; readonly requestId: string; readonly result: SubmitResult }
  | { readonly kind: "reconcile"; readonly result: ReconcileResult }
  | { readonly kind: "poll"; readonly slot: number; readonly result: PollResult }
  | { readonly kind: "store"; readonly result: StoreResult }
  | { readonly kind: "deliver"; readonly deliveryId: string; readonly result: AttemptResult }
  | { readonly kind: "unstage"; readonly result: Done }
  | { readonly kind: "report"; readonly status: ReportedStatus; readonly result: ReportResult }
  | { readonly kind: "purge"; readonly result: Done };

export type ReportResult = ({ readonly kind: "done" } & ReportAnswer) | { readonly kind: "unavailable" };

/** What the account answers to a report. */
export interface ReportAnswer {
  /** Whom to tell of each event that was asked about. */
  readonly endpoints: { readonly [T in EventType]?: readonly Recipient[] };
  /** Of the scope's webhook secret. */
  readonly rotation: Rotating<number>;
}

/** Of an action that either worked or is to be tried again. */
export type Done = { readonly kind: "done" } | { readonly kind: "unavailable" };

/** Two actions with the same key never run at once. */
export function actionKey(action: Action): string {
  return action.kind === "deliver" ? `deliver:${action.deliveryId}` : action.kind;
}
