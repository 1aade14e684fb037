// What a provider's status word means. Providers use dozens of words, and new ones appear without notice. A word is only
// listed if it can mean nothing else: an unknown word keeps a job running, while a wrong one gives up a paid video.

import { cutText } from "../core/text.ts";
import { type Fields, fieldsOf, plainName, valuesOf } from "./json-fields.ts";

export type Stage = "queued" | "generating" | "done" | "failed" | "unknown";

export interface Status {
  /** The provider's own word, cut to 100 characters. */
  readonly word: string;
  readonly stage: Stage;
}

const MAX_WORD_LENGTH = 100;

/** In plain form, sorted. */
const WORDS: Readonly<Record<Exclude<Stage, "unknown">, string>> = {
  queued: `accepted awaiting backlog backlogged created deferred delayed enqueued enqueueing inqueue initialized
    initializing initiated new notqueued notstarted onhold paused pending preparing provisioning queue queued queueing
    queuing received requested requeued requeueing requeuing scheduled scheduling submitted submitting suspended throttled
    unstarted validating wait waiting warmingup`,
  generating: `aborting active allocating almostcomplete almostcompleted almostdone almostfinished almostready animating
    assigned booting busy canceling cancelling completing composing compositing compressing computing converting
    denoising diffusing downloading dreaming encoding executing exporting failedretrying failedwillretry failingover
    fetching finalising finalizing finishing generating incomplete inference inferring inprogress interpolating inprocess
    launched loading merging moderating nearlydone notcomplete notcompleted notdone notfinished notready notyetready
    ongoing packaging postprocessing preprocessing processing progress progressing publishing rendering resumed resuming
    restarted restarting retry retrying reviewing running sampling saving started starting stitching stopping storing
    streaming synthesizing terminating thinking training transcoding transcribing transferring uncompleted underreview
    unfinished uploading upscaling willretry working`,
  done: `available complete completed completedsuccessfully completedwithwarnings done finish finished
    finishedsuccessfully fulfilled generated ready succeed succeeded success successful successfullycompleted`,
  failed: `aborted abandoned banned blocked canceled canceledbyuser cancelled cancelledbyuser censored contentblocked
    contentfiltered contentmoderated contentpolicyviolation contentrejected crashed dead declined deleted denied discarded
    error errored exception expired fail failed failedmoderation failure fault faulted flagged generationerror internalerror
    invalid killed moderated moderationblocked moderationfailed nsfw policyviolation processingerror refused rejected
    requestmoderated servererror stopped systemerror terminated timedout timeout timeouterror unknownerror unsuccessful usercanceled usercancelled`,
};

const STAGES = new Map(
  Object.entries(WORDS).flatMap(([stage, words]) => words.split(/\s+/).map((word) => [word, stage as Stage] as const)),
);

/**
 * Words with which a job ends before it has cost anything. The other words for a failure leave that open: an expired, a
 * canceled or a rejected job may have run.
 */
const UNPAID = new Set(["error", "errored", "failed", "failure", "fail"]);

export function stageOf(word: string): Stage {
  return STAGES.get(plainStatus(word)) ?? (MODERATED.test(word) ? "failed" : "unknown");
}

/** Such as `nsfw_detected` or `rejected_by_moderation`. `moderation` alone may be a check that still runs. */
const REFUSED = "(?:rejected|blocked|failed|flagged|denied|refused|filtered|detected|violation|violated)";
const CHECK = "(?:moderation|nsfw|safety|content|policy|sensitive)";
const MODERATED = new RegExp(`(?:${REFUSED}.*${CHECK}|${CHECK}.*${REFUSED})`, "i");

/**
 * Whether the word says for certain that the provider will not charge for the job. The provider's documentation: "A
 * failed request is not charged".
 */
export function saysUnpaid(word: string): boolean {
  return UNPAID.has(plainStatus(word));
}

/** What the status is of, before the word itself: `JOB_STATE_RUNNING`, `task_failed`, `video.generation.completed`. */
const PREFIX = /^(?:job|task|video|media|generation|gen|render|prediction|operation|workflow|run|state|status)/;

function plainStatus(word: string): string {
  // A letter of another alphabet may be a "not".
  if (/[^\x20-\x7e]/.test(word.trim())) return "";
  let plain = plainName(word);
  // One by one, because some words begin like a prefix: `running`, `rendering`, `generating`.
  while (!STAGES.has(plain) && PREFIX.test(plain)) plain = plain.replace(PREFIX, "");
  return plain;
}

const STATUS_FIELDS = [
  ...["status", "state", "taskstatus", "jobstatus", "generationstatus", "videostatus", "predictionstatus"],
  ...["taskstate", "jobstate", "generationstate", "videostate", "phase"],
];

/** In a status that is an object: `{"status": {"state": "completed", "progress": 100}}`. */
const INSIDE_STATUS = [...STATUS_FIELDS, "value", "name", "code"];

/** Words that may be about the request, beside another field that is about the job. */
const OF_REQUEST = new Set(["success", "successful", "succeed"]);

/**
 * The status of the job. The status of a wrapped job counts unless the outer one says that the job waits or runs: the
 * outer `success` of `{"status": "success", "data": {"status": "processing"}}` is about the request, as an outer `error` is.
 */
export function statusOf([answer, ...wrapped]: readonly Fields[]): Status | null {
  const outer = answer === undefined ? null : ownStatus(answer);
  if (outer?.stage === "queued" || outer?.stage === "generating") return outer;
  return wrapped.map(ownStatus).find((status) => status !== null) ?? outer;
}

function ownStatus(fields: Fields): Status | null {
  const words = valuesOf(fields, STATUS_FIELDS).flatMap((value) => {
    const inner = fieldsOf(value);
    return inner === null ? wordOf(value) : valuesOf(inner, INSIDE_STATUS).map(wordOf);
  });
  // As Google's long-running operations say it.
  const flags = valuesOf(fields, ["done"]).flatMap((done) =>
    typeof done === "boolean" ? (done ? "done" : "not done") : "",
  );
  const statuses = [...words, ...flags].filter((word) => word !== "").map((word) => ({ word, stage: stageOf(word) }));
  const meant = statuses.filter(({ stage }) => stage !== "unknown");
  return meant.find(({ word }) => !OF_REQUEST.has(plainStatus(word))) ?? meant[0] ?? statuses[0] ?? null;
}

/** Empty if it is no word. A status of 100 to 599 is HTTP's, which gateways repeat in their answers. */
function wordOf(value: unknown): string {
  const word = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  const short = cutText(word, MAX_WORD_LENGTH).trim();
  return /^[1-5]\d\d$/.test(short) ? "" : short;
}
