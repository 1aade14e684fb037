// The record of a generation: facts that never change once it is accepted, and a state, a union by phase in which each
// phase holds only its own fields. Callers see a coarser status (PUBLIC_STATUS). All times are milliseconds since the
// Unix epoch, and all durations are milliseconds.

import type { ProviderName, SandboxScript, Status } from "../../contract/words.ts";
import type { JsonObject } from "../json.ts";
import type { Retirement } from "../models/retirement.ts";
import type { MicroUsd } from "../money/micro-usd.ts";
import type { Cost } from "../money/usage.ts";
import type { Refusal } from "../queue/standing.ts";
import type { Scope } from "../scope.ts";
import type { DeliveryStage } from "../webhooks/counts.ts";
import type { FrozenEvent, RequestedWebhook } from "../webhooks/events.ts";
import { type Rotating, unrotated } from "../webhooks/rotation.ts";
import type { GenerationError } from "./errors.ts";
import type { LineReport } from "./line-report.ts";
import type { Policy } from "./policy.ts";

/** The facts of the request. */
export interface Facts {
  readonly id: string;
  readonly scope: Scope;
  readonly provider: ProviderName;
  readonly model: string;
  /** The provider's path for submitting and polling this model. */
  readonly path: string;
  /**
   * The model's retirement, if it was near or past on acceptance. Otherwise absent, as in records of earlier releases.
   */
  readonly retirement?: Retirement;
  /** Test mode only: the sandbox's script, if the request named one in `Reelhook-Simulate`. */
  readonly simulate?: SandboxScript;
  /** The catalogue's price on acceptance. Absent if it is not known, and in records of earlier releases. */
  readonly estimate?: MicroUsd;
  /** The model's fields as the caller sent them, with data URIs shortened. */
  readonly input: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhooks: readonly RequestedWebhook[];
  readonly policy: Policy;
  /** Origin of links to this Worker, such as `https://reelhook.example.com`. */
  readonly publicUrl: string;
  readonly createdAt: number;
  /** Hash of the whole request. Tells a retry from a different request with the same idempotency key. */
  readonly fingerprint: string;
  /** Id of the HTTP request that created it. Stays the same when the Worker repeats a failed call to the object. */
  readonly createdBy: string;
}

/** The job at the provider. */
export interface ProviderJob {
  readonly id: string;
  /** The provider's own status, verbatim. */
  readonly status: string;
  readonly acceptedAt: number;
  /** When the grid of its polls starts. Absent: when it was accepted. */
  readonly polledFrom?: number;
  readonly credits: number | null;
  /** The price that the provider states. Absent in records of earlier releases. */
  readonly usd?: MicroUsd | null;
}

/**
 * The request body for the provider, staged in R2 because data URIs make it too large for a storage row. It is deleted
 * once the submission is decided, at `deleteAt` or later.
 */
export interface StagedInput {
  readonly key: string;
  readonly deleteAt: number;
}

/** Polling counters. They exist only while the job runs. */
export interface Polling {
  /** Consecutive polls without a usable answer. */
  readonly failures: number;
  /** Why the last of these polls had no usable answer. */
  readonly problem?: string;
  /** Consecutive polls that answered "no such job". */
  readonly missing: number;
  /** Consecutive polls that reported completion without a URL. */
  readonly withoutUrl: number;
  /** The first slot of the grid (grid.ts) that may be polled again. */
  readonly resumeSlot: number;
  /** Slots skipped by backoff or stretching. The number of polls is the number of slots minus these. */
  readonly skippedSlots: number;
  /** Time between two polls after the provider has refused some (stretch.ts). Absent if it is the configured one. */
  readonly stretchedMs?: number;
}

/** Facts read from the video file. Null where the file does not state them or could not be read. */
export interface VideoFacts {
  /** As displayed, in pixels. */
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  /** Average frames per second. */
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
  /** When the provider finished the job, if it did. Absent in records of schema 1. */
  readonly storingAt?: number | null;
  readonly polls: number;
}

/** A submission is under way. Saved before it leaves: after a crash in this phase, its outcome is unknown. */
interface Submitting {
  readonly phase: "submitting";
  readonly tries: number;
  readonly requestId: string;
  readonly sentAt: number;
}

/** A submission was sent and its outcome is unknown. The provider's log is checked until the deadline. */
interface Reconciling extends Omit<Submitting, "phase"> {
  readonly phase: "reconciling";
  readonly checks: number;
  readonly notBefore: number;
}

interface NotAccepted {
  readonly tries: number;
  /** Why the provider refused the last try, if it gave a reason. */
  readonly refusal?: string;
}

/** The phases in which the provider may be working on a job. */
export type AtProvider =
  | Submitting
  | Reconciling
  /** Accepted and queued by the provider. */
  | ({ readonly phase: "waiting" } & Waiting)
  | ({ readonly phase: "generating"; readonly startedAt: number } & Waiting);

export type State =
  /** Not at the provider yet; submitted at `notBefore`. Every earlier try was definitely refused. */
  | ({
      readonly phase: "ready";
      readonly notBefore: number;
      /** True if it is submitted whether or not there is a line: it has its turn, or the line does not answer. */
      readonly hasTurn?: true;
    } & NotAccepted)
  /** Not at the provider yet; waits in line for its turn (queue.ts). */
  | ({
      readonly phase: "in-line";
      /** The refusal that the line has yet to hear of. Absent if there is none. */
      readonly unreported?: Refusal;
    } & NotAccepted)
  | AtProvider
  /** Done at the provider; the video is being copied. `sourceUrl` is null while polling for a replacement URL. */
  | ({
      readonly phase: "storing";
      readonly polls: number;
      readonly sourceUrl: string | null;
      readonly lastSourceUrl: string;
      /** Consecutive dead links, not counting tries of an old link while the provider does not answer. */
      readonly refreshes: number;
      /** When the first of these dead links was found. Absent if there is none, and in records of earlier releases. */
      readonly deadSince?: number;
      /** Number of interrupted copies. */
      readonly failures: number;
      /** Consecutive polls for a fresh link without a usable answer. Absent if there is none. */
      readonly unansweredPolls?: number;
      /** Why the last try failed. Absent if none has failed, and in records of earlier releases. */
      readonly problem?: string;
      readonly notBefore: number;
      readonly since: number;
    } & Started)
  | ({
      readonly phase: "completed";
      /** When the provider finished the job. Absent in records of schema 1. */
      readonly storingAt?: number;
      readonly finishedAt: number;
      readonly polls: number;
      readonly video: StoredVideo;
    } & Started)
  | ({ readonly phase: "failed"; readonly error: GenerationError } & Ended)
  | ({
      readonly phase: "canceled";
      readonly error: GenerationError;
      /**
       * The submission or job that the provider may still work on (at-provider.ts). Absent once it has ended, and in
       * records of earlier releases.
       */
      readonly leftover?: AtProvider;
    } & Ended);

export type Phase = State["phase"];
export type StateOf<P extends Phase> = Extract<State, { phase: P }>;

/** Outbox to the account's index: the status it has acknowledged, and when to report next. */
export interface Report {
  /** The last status that the account acknowledged. */
  readonly acknowledged: ReportedStatus | null;
  /** Lowest version whose report counts, because earlier ones lack a change. Absent if any counts. */
  readonly since?: number;
  /** The last stage of the deliveries that made a report due. Absent before the first one. */
  readonly stage?: DeliveryStage;
  /** Consecutive reports that the account did not answer. */
  readonly failures: number;
  readonly notBefore: number;
}

export type ReportedStatus = Status | "deleted";

export const SCHEMA = 2;

export interface Generation extends Facts {
  /** Raised with each incompatible change to this record (docs/storage.md). */
  readonly schema: typeof SCHEMA;
  /** Raised with each change that callers can see, so that summaries can be ordered. */
  readonly version: number;
  readonly stagedInput: StagedInput | null;
  readonly report: Report;
  /** Outbox to the line of the provider key. Absent if it never waited there, or has left. */
  readonly line?: LineReport;
  /** Events for which the account has not yet named the webhook endpoints that subscribe. */
  readonly unresolved: readonly FrozenEvent[];
  /** Rotation state of the scope's webhook secret, as last received from the account. */
  readonly rotation: Rotating<number>;
  /** R2's id of a multipart upload that may be open: a crash during a copy leaves it open. */
  readonly openUpload: string | null;
  /** When to delete the video's object in R2, or null. Set on deletion, and when an aborted copy may have left one. */
  readonly purgeAt: number | null;
  /** A deleted generation is invisible at once. Its tombstone keeps the id taken for a day. */
  readonly deletedAt: number | null;
  /** Id of the HTTP request that deleted it, or `retention`. */
  readonly deletedBy: string | null;
  /** Kept in the tombstone. Absent while something may still be charged, and in records of earlier releases. */
  readonly cost?: Cost;
  readonly state: State;
}

const PUBLIC_STATUS: Record<Phase, Status> = {
  ready: "queued",
  "in-line": "queued",
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
  // Only terminal phases have an end.
  return "finishedAt" in generation.state;
}

/** Whether the generation counts as in flight: it has not ended, or it is canceled and its job may still run. */
export function isInFlight(generation: Generation): boolean {
  return !isTerminal(generation) || "leftover" in generation.state;
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
    ...{ openUpload: null, purgeAt: null, deletedAt: null, deletedBy: null },
    state,
  };
}
