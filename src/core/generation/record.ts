// What a generation is: facts that never change once it is accepted, and a state that is a union by phase in which each
// phase holds only its own fields. Public statuses are a coarser view of the phases (see PUBLIC_STATUS).
// All times are milliseconds since the Unix epoch; all durations are milliseconds.

import type { Scope } from "../scope.ts";
import type { FrozenEvent, RequestedWebhook } from "../webhooks/events.ts";
import { type Rotating, unrotated } from "../webhooks/rotation.ts";
import type { GenerationError } from "./errors.ts";

export type ProviderName = "aimlapi" | "sandbox";

/** Settings as they were when the generation was accepted: later changes, or mistakes, do not touch what is running. */
export interface Policy {
  readonly pollIntervalMs: number;
  /** Bounds the time until the provider accepts and, again, from there, the time until it is done. */
  readonly timeoutMs: number;
  /** Waits between the attempts of a delivery; one attempt more than there are waits. */
  readonly retryDelaysMs: readonly number[];
  readonly maxVideoBytes: number;
  readonly linkTtlMs: number;
  /** How long video and record are kept after the end; null: until they are deleted. */
  readonly retentionMs: number | null;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** The request's own facts. */
export interface Facts {
  readonly id: string;
  readonly scope: Scope;
  readonly provider: ProviderName;
  readonly model: string;
  /** The model's fields as the caller sent them, data URIs shortened. */
  readonly input: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhooks: readonly RequestedWebhook[];
  readonly policy: Policy;
  /** Origin of links to this Worker, such as `https://reelhook.example.com`. */
  readonly publicUrl: string;
  readonly createdAt: number;
  /** Hash of the whole request; tells a retry from another request under the same idempotency key. */
  readonly fingerprint: string;
  /** The HTTP request that created it; a broken call that is repeated inside the Worker carries the same one. */
  readonly createdBy: string;
}

/** The provider's own task. */
export interface ProviderJob {
  readonly id: string;
  /** As the provider says it. */
  readonly status: string;
  readonly acceptedAt: number;
  readonly credits: number | null;
}

/**
 * The request body as the provider wants it, when data URIs make it too large for a row. It lies in R2 while the provider
 * has not decided, and is then deleted, at `deleteAt` or later.
 */
export interface StagedInput {
  readonly key: string;
  readonly deleteAt: number;
}

/** How polling goes; exists only while the job runs. */
export interface Polling {
  /** Polls in a row that brought no usable answer. */
  readonly failures: number;
  /** Polls in a row that said that there is no such job. */
  readonly missing: number;
  /** Polls in a row that said completed and gave no URL. */
  readonly withoutUrl: number;
  /** No poll before this slot of the grid (see grid.ts). */
  readonly resumeSlot: number;
  /** Slots that backoff left out; the count of polls is slots less these. */
  readonly skippedSlots: number;
}

/** What a video says of itself; null where it does not, or could not be read. */
export interface VideoFacts {
  /** As shown, in pixels. */
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  /** Frames a second, on average. */
  readonly frameRate: number | null;
}

export const UNKNOWN_FACTS: VideoFacts = { width: null, height: null, durationMs: null, frameRate: null };

export interface StoredVideo extends VideoFacts {
  readonly key: string;
  readonly bytes: number;
  readonly contentType: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Waiting {
  readonly job: ProviderJob;
  readonly polling: Polling;
}

interface Started {
  readonly job: ProviderJob;
  readonly startedAt: number;
}

interface Ended {
  readonly finishedAt: number;
  readonly job: ProviderJob | null;
  readonly startedAt: number | null;
  /** When the provider was done, if it was; unknown to records of the first schema. */
  readonly storingAt?: number | null;
  readonly polls: number;
}

export type State =
  /** Not at the provider; to be submitted at `notBefore`. Every earlier try was definitely refused. */
  | { readonly phase: "ready"; readonly tries: number; readonly notBefore: number }
  /** A submission is on its way. Saved before it leaves; found after a crash, its outcome is unknown. */
  | { readonly phase: "submitting"; readonly tries: number; readonly requestId: string; readonly sentAt: number }
  /** A submission left and nobody knows how it ended; the provider's log is asked until the deadline. */
  | {
      readonly phase: "reconciling";
      readonly tries: number;
      readonly requestId: string;
      readonly sentAt: number;
      readonly checks: number;
      readonly notBefore: number;
    }
  /** Accepted by the provider and waiting there. */
  | ({ readonly phase: "waiting" } & Waiting)
  | ({ readonly phase: "generating"; readonly startedAt: number } & Waiting)
  /** Done at the provider, being copied. A `sourceUrl` of null: the last one was dead and a fresh one is to be polled for. */
  | ({
      readonly phase: "storing";
      readonly polls: number;
      readonly sourceUrl: string | null;
      readonly lastSourceUrl: string;
      readonly refreshes: number;
      readonly failures: number;
      readonly notBefore: number;
      readonly since: number;
    } & Started)
  | ({
      readonly phase: "completed";
      /** When the provider was done; unknown to records of the first schema. */
      readonly storingAt?: number;
      readonly finishedAt: number;
      readonly polls: number;
      readonly video: StoredVideo;
    } & Started)
  | ({ readonly phase: "failed"; readonly error: GenerationError } & Ended)
  | ({ readonly phase: "canceled"; readonly error: GenerationError } & Ended);

export type Phase = State["phase"];
export type StateOf<P extends Phase> = Extract<State, { phase: P }>;

/** What the account's index is told, and whether it has heard: the outbox of one generation. */
export interface Report {
  /** The status that the account acknowledged last. */
  readonly acknowledged: ReportedStatus | null;
  /** Reports in a row that found no account. */
  readonly failures: number;
  readonly notBefore: number;
}

export type ReportedStatus = Status | "deleted";

export const SCHEMA = 2;

export interface Generation extends Facts {
  /** Raised with each incompatible change of this record; see docs/storage.md. */
  readonly schema: typeof SCHEMA;
  /** Raised with each change that callers can see, so that a later summary can be told from an earlier one. */
  readonly version: number;
  readonly stagedInput: StagedInput | null;
  readonly report: Report;
  /** Events of which the account has not said yet which standing endpoints want them. */
  readonly unresolved: readonly FrozenEvent[];
  /** The rotation of the scope's webhook secret, as the account last told it. */
  readonly rotation: Rotating<number>;
  /** R2's id of a multipart upload that may be open: a crash in the middle of a copy leaves it so. */
  readonly openUpload: string | null;
  /** When the place of its video in R2 must be emptied, or null: a copy that was ended may have left something there. */
  readonly purgeAt: number | null;
  /** A deleted generation is invisible at once; a tombstone keeps its id for a day. */
  readonly deletedAt: number | null;
  /** The request that deleted it. */
  readonly deletedBy: string | null;
  readonly state: State;
}

export type Status = "queued" | "generating" | "storing" | "completed" | "failed" | "canceled";

export const STATUSES: readonly Status[] = ["queued", "generating", "storing", "completed", "failed", "canceled"];

const PUBLIC_STATUS: Record<Phase, Status> = {
  ready: "queued",
  submitting: "queued",
  reconciling: "queued",
  waiting: "queued",
  generating: "generating",
  storing: "storing",
  completed: "completed",
  failed: "failed",
  canceled: "canceled",
};

export function publicStatus(generation: Generation): Status {
  return PUBLIC_STATUS[generation.state.phase];
}

export function isTerminal(generation: Generation): boolean {
  const { phase } = generation.state;
  return phase === "completed" || phase === "failed" || phase === "canceled";
}

/** Whether the provider has not yet said what became of the submission. */
export function isUndecided(generation: Generation): boolean {
  const { phase } = generation.state;
  return phase === "ready" || phase === "submitting" || phase === "reconciling";
}

export function newGeneration(facts: Facts, stagedKey: string | null): Generation {
  const stagedInput = stagedKey === null ? null : { key: stagedKey, deleteAt: facts.createdAt };
  const state: State = { phase: "ready", tries: 0, notBefore: facts.createdAt };
  const report: Report = { acknowledged: null, failures: 0, notBefore: facts.createdAt };
  return {
    ...facts,
    schema: SCHEMA,
    version: 1,
    stagedInput,
    report,
    unresolved: [],
    rotation: unrotated(0),
    openUpload: null,
    purgeAt: null,
    deletedAt: null,
    deletedBy: null,
    state,
  };
}
