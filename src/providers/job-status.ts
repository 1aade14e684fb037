// Maps a provider's status words to stages. Providers use dozens of words, and new ones appear without notice. Only
// unambiguous words are listed: an unknown word keeps a job running, but a wrong one can lose a paid video.

import { cutText } from "../core/text.ts";
import { type Fields, fieldsOf, plainName, valuesOf } from "./json-fields.ts";

export type Stage = "queued" | "generating" | "done" | "failed" | "unknown";

export interface Status {
  /** The provider's own word, cut to 100 characters. */
  readonly word: string;
  readonly stage: Stage;
}

const MAX_WORD_LENGTH = 100;

/** Status words by stage, in plain form. */
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
 * Words for a job that failed without a charge. Other words for a failure are not proof: an expired, canceled or
 * rejected job may have run.
 */
const UNPAID = new Set(["error", "errored", "failed", "failure", "fail"]);

export function stageOf(word: string): Stage {
  return STAGES.get(plainStatus(word)) ?? "unknown";
}

const REFUSED = "(?:rejected|blocked|failed|flagged|denied|refused|filtered|detected|violation|violated)";
const CHECK = "(?:moderation|nsfw|safety|content|policy|sensitive)";
const MODERATED = new RegExp(`${REFUSED}.*${CHECK}|${CHECK}.*${REFUSED}`, "i");
const NEGATED = /(?:^|[^a-z])(?:no|not|non|without|never|passed)(?:[^a-z]|$)/i;

/**
 * Whether an unknown word says that moderation refused the job, such as `nsfw_detected` or `rejected_by_moderation`.
 * `moderation` alone may be a check that still runs, and `nsfw_not_detected` one that has passed.
 */
export function saysRefused(word: string): boolean {
  // Without camel case: `nsfwNotDetected`.
  const words = word.replace(/([a-z])([A-Z])/g, "$1 $2");
  return MODERATED.test(words) && !NEGATED.test(words);
}

/**
 * Whether a job with this status is certainly not charged. The provider's documentation says: "A failed request is not
 * charged".
 */
export function saysUnpaid(word: string): boolean {
  return UNPAID.has(plainStatus(word));
}

/** Prefixes to remove, one at a time: `JOB_STATE_RUNNING`, `task_failed`, `video.generation.completed`. */
const PREFIX = /^(?:job|task|video|media|generation|gen|render|prediction|operation|workflow|run|state|status)/;

function plainStatus(word: string): string {
  // Plain form drops letters of other alphabets, and one of them may mean "not".
  if (/[^\x20-\x7e]/.test(word.trim())) return "";
  let plain = plainName(word);
  // Stop at the first known word, because some words begin like a prefix: `running`, `rendering`, `generating`.
  while (!STAGES.has(plain) && PREFIX.test(plain)) plain = plain.replace(PREFIX, "");
  return plain;
}

const STATUS_FIELDS = [
  ...["status", "state", "taskstatus", "jobstatus", "generationstatus", "videostatus", "predictionstatus"],
  ...["taskstate", "jobstate", "generationstate", "videostate", "phase"],
];

/** Fields of a status that is an object: `{"status": {"state": "completed", "progress": 100}}`. */
const INSIDE_STATUS = [...STATUS_FIELDS, "value", "name", "code"];

/** Words that can mean that the request succeeded. A status of another field is preferred. */
const OF_REQUEST = new Set(["success", "successful", "succeed"]);

/**
 * The status of the job. An outer status that means queued or generating is used. Otherwise the status of a wrapped job
 * takes precedence: in `{"status": "success", "data": {"status": "processing"}}`, `success` is about the request. So is an
 * outer `error` there.
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
  // Google's long-running operations have a `done` flag instead of a status.
  const flags = valuesOf(fields, ["done"]).flatMap((done) =>
    typeof done === "boolean" ? (done ? "done" : "not done") : "",
  );
  const statuses = [...words, ...flags].filter((word) => word !== "").map((word) => ({ word, stage: stageOf(word) }));
  const meant = statuses.filter(({ stage }) => stage !== "unknown");
  return meant.find(({ word }) => !OF_REQUEST.has(plainStatus(word))) ?? meant[0] ?? statuses[0] ?? null;
}

/** Empty if the value is not a status word. Numbers from 100 to 599 are HTTP statuses, repeated by gateways. */
function wordOf(value: unknown): string {
  const word = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  const short = cutText(word, MAX_WORD_LENGTH).trim();
  return /^[1-5]\d\d$/.test(short) ? "" : short;
}
