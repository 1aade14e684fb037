// What a provider's status word means. Providers use dozens of words, and new ones appear without notice.

import { cutText } from "../core/text.ts";
import { type Fields, plainName, valuesOf } from "./json-fields.ts";

export type Stage = "queued" | "generating" | "done" | "failed" | "unknown";

export interface Status {
  /** The provider's own word, cut to 100 characters. */
  readonly word: string;
  readonly stage: Stage;
}

const MAX_WORD_LENGTH = 100;

const WORDS: Readonly<Record<Exclude<Stage, "unknown">, readonly string[]>> = {
  queued: [
    ...[
      "queued",
      "queue",
      "queueing",
      "queuing",
      "inqueue",
      "enqueued",
      "waiting",
      "wait",
      "pending",
      "submitted",
      "created",
    ],
    ...[
      "accepted",
      "received",
      "requested",
      "scheduled",
      "new",
      "notstarted",
      "preparing",
      "initializing",
      "initialized",
    ],
    ...["throttled", "delayed", "deferred", "onhold", "paused", "validating"],
  ],
  generating: [
    ...["generating", "active", "processing", "running", "inprogress", "progress", "started", "starting", "working"],
    ...["rendering", "dreaming", "ongoing", "executing", "uploading", "postprocessing", "finalizing", "finishing"],
    ...["encoding", "upscaling", "computing", "busy", "retrying", "inference"],
  ],
  done: [
    ...[
      "completed",
      "complete",
      "succeeded",
      "succeed",
      "success",
      "successful",
      "done",
      "finished",
      "finish",
      "ready",
    ],
    ...["generated", "available", "fulfilled", "ok"],
  ],
  failed: [
    ...["error", "errored", "failed", "failure", "fail", "unsuccessful", "rejected", "refused", "denied", "declined"],
    ...["expired", "canceled", "cancelled", "canceling", "cancelling", "timeout", "timedout", "aborted", "terminated"],
    ...["killed", "stopped", "interrupted", "crashed", "dead", "deleted", "blocked", "invalid", "nsfw"],
    ...["moderated", "contentmoderated", "requestmoderated"],
  ],
};

const STAGES = new Map(
  Object.entries(WORDS).flatMap(([stage, words]) => words.map((word) => [word, stage as Stage] as const)),
);

/** Words with which a job ends before it has cost anything. The other words for a failure leave that open. */
const UNPAID = new Set(["error", "errored", "failed", "failure", "fail", "rejected", "refused", "denied", "declined"]);

export function stageOf(word: string): Stage {
  return STAGES.get(plainStatus(word)) ?? "unknown";
}

/**
 * Whether the word says for certain that the provider will not charge for the job. The provider's documentation: "A
 * failed request is not charged". An expired or canceled job may have been.
 */
export function saysUnpaid(word: string): boolean {
  return UNPAID.has(plainStatus(word));
}

/** Without the prefix of an enumeration, such as `JOB_STATE_`. */
function plainStatus(word: string): string {
  return plainName(word).replace(/^(?:job|task|generation|video)?(?:state|status)(?=.)/, "");
}

const STATUS_FIELDS = ["status", "state", "taskstatus", "jobstatus", "generationstatus"];

/**
 * The status of the job. The status of a wrapped job counts unless the outer one says that it waits, runs or has failed:
 * the outer `success` of `{"status": "success", "data": {"status": "processing"}}` is about the request.
 */
export function statusOf([answer, ...wrapped]: readonly Fields[]): Status | null {
  const outer = answer === undefined ? null : ownStatus(answer);
  if (outer !== null && outer.stage !== "done" && outer.stage !== "unknown") return outer;
  return wrapped.map(ownStatus).find((status) => status !== null) ?? outer;
}

function ownStatus(fields: Fields): Status | null {
  const word = valuesOf(fields, STATUS_FIELDS)
    .map(wordOf)
    .find((each) => each !== "");
  return word === undefined ? null : { word, stage: stageOf(word) };
}

function wordOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? cutText(value, MAX_WORD_LENGTH).trim() : "";
}
