// Reads the provider's answers in every shape that its documentation shows or its users have reported. No answer makes
// a reader throw.

import type { ErrorCode } from "../contract/words.ts";
import type { Failure } from "../core/generation/errors.ts";
import { parseDecimal } from "../core/http-fields.ts";
import { type MicroUsd, microUsd } from "../core/money/micro-usd.ts";
import { type Stage, type Status, saysRefused, saysUnpaid, statusOf } from "./job-status.ts";
import { bodiesOf, type Fields, fieldsOf, plainEntries, valuesOf } from "./json-fields.ts";
import { isModerationCode } from "./moderation.ts";
import { hasError, type Reason, reasonIn } from "./reasons.ts";
import { videoLinkIn } from "./video-links.ts";

/** Longer ids are ignored: they would not fit into a record, or into the URL of a poll. */
const MAX_ID_LENGTH = 1024;

export interface Job {
  readonly id: string | null;
  /** The provider's own word, cut to 100 characters. Null if the answer has none. */
  readonly status: string | null;
  readonly stage: Stage;
  readonly videoUrl: string | null;
  readonly credits: number | null;
  readonly usd: MicroUsd | null;
  /** Whether the answer states a price other than zero. */
  readonly isCharged: boolean;
  readonly reason: Reason;
  /** The answer says that something went wrong, apart from its status word. */
  readonly hasError: boolean;
}

/**
 * Reads an answer about a job. If the status word is unknown, the rest of the answer decides: a job with a link to a
 * video is done, and a job with an error has failed. A job that is done without a link has failed if there is an error.
 *
 * @param isUsable whether a URL may be downloaded as the job's video.
 * @returns null if the answer is not about a job, for example because it has no id, no status and no link.
 */
export function readJob(answer: unknown, isUsable: (url: string) => boolean): Job | null {
  const fields = fieldsOf(Array.isArray(answer) ? answer[0] : answer);
  if (fields === null) return null;
  const bodies = bodiesOf(fields);
  const status = statusOf(bodies);
  const videoUrl = videoLinkIn(fields, isUsable);
  const id = idIn(bodies);
  if (videoUrl === null && id === null && (status === null || isHttpError(fields))) return null;
  return {
    id,
    status: status?.word ?? null,
    stage: stageBy({ status, videoUrl, bodies }),
    videoUrl,
    isCharged: bodies.some(isCharged),
    credits: amountIn(bodies, ["creditsused"]),
    usd: readUsd(amountIn(bodies, ["usdspent", "usdused"])),
    hasError: hasError(bodies),
    // Most answers are about running jobs, and nobody asks for their reason.
    get reason() {
      const reason = reasonIn(bodies);
      return { ...reason, isModerated: reason.isModerated || (status !== null && isModerationCode(status.word)) };
    },
  };
}

/** Whether the answer is an HTTP error sent with status 200: `{"statusCode": 429, "status": "error", …}`. */
function isHttpError(fields: Fields): boolean {
  return valuesOf(fields, ["statuscode", "code"])
    .map(readNumber)
    .some((code) => code !== null && code >= 400 && code <= 599);
}

interface Evidence {
  readonly status: Status | null;
  readonly videoUrl: string | null;
  readonly bodies: readonly Fields[];
}

function stageBy({ status, videoUrl, bodies }: Evidence): Stage {
  const stage = status?.stage ?? "unknown";
  if (stage === "unknown" && videoUrl !== null) return "done";
  // An error without a status word is about the request, for example from a gateway, and not about the job.
  const isUnknownWord = status !== null && stage === "unknown";
  if (isUnknownWord && saysRefused(status.word)) return "failed";
  const isOpen = isUnknownWord || (stage === "done" && videoUrl === null);
  return isOpen && hasError(bodies) ? "failed" : stage;
}

const ID_FIELDS = ["id", "generationid", "taskid", "jobid"];
/** Used only if none of `ID_FIELDS` has an id. */
const OTHER_ID_FIELDS = ["predictionid", "inferenceid", "operationid", "videoid"];

function idIn(bodies: readonly Fields[]): string | null {
  const ids = [ID_FIELDS, OTHER_ID_FIELDS].flatMap((names) => bodies.flatMap((body) => valuesOf(body, names)));
  return ids.map(readId).find((id) => id !== null) ?? null;
}

/** A job's id as text. Null if it is missing, too long, or not exact: polling a rounded id would find nothing. */
export function readId(value: unknown): string | null {
  // JSON.parse rounds whole numbers beyond 2^53.
  if (typeof value === "number") return Number.isSafeInteger(value) && value > 0 ? String(value) : null;
  if (typeof value !== "string" || value.length > MAX_ID_LENGTH || !value.isWellFormed()) return null;
  return value.trim() === "" ? null : value;
}

function amountIn(bodies: readonly Fields[], names: readonly string[]): number | null {
  const amounts = bodies.flatMap(usagesIn).flatMap((usage) => valuesOf(usage, names));
  return amounts.map(readNumber).find((amount) => amount !== null) ?? null;
}

function readUsd(amount: number | null): MicroUsd | null {
  return amount === null ? null : microUsd(amount);
}

/** The objects that can state a price: the answer, its `meta`, and the `usage` in either. */
function usagesIn(body: Fields): Fields[] {
  const objects = (values: readonly unknown[]) => values.map(fieldsOf).filter((each) => each !== null);
  const outer = [body, ...objects(valuesOf(body, ["meta"]))];
  return [...outer, ...objects(outer.flatMap((each) => valuesOf(each, ["usage"])))];
}

const PRICES = [
  ...["creditsused", "usdspent", "usdused", "credits", "usd", "cost", "price", "charged", "creditcost", "consume"],
  ...["creditsconsumed", "consumecredits"],
];

/** Whether the answer states a price other than zero. An unreadable price counts, because it may not be zero. */
function isCharged(body: Fields): boolean {
  return usagesIn(body).some((each) => valuesOf(each, PRICES).some((price) => !isNothing(price)));
}

function isNothing(price: unknown): boolean {
  if (price === null || price === false || price === "") return true;
  const fields = fieldsOf(price);
  if (fields !== null) return plainEntries(fields).every(([, each]) => fieldsOf(each) === null && isNothing(each));
  return (typeof price === "number" || typeof price === "string") && Number(price) === 0;
}

function readNumber(value: unknown): number | null {
  return typeof value === "number" || typeof value === "string" ? parseDecimal(String(value)) : null;
}

/** Why the provider refused a call. `answer` is the parsed body of any status. */
export function readReason(answer: unknown): Reason {
  const fields = fieldsOf(answer);
  const reason = reasonIn(fields === null ? [{ error: answer }] : bodiesOf(fields));
  if (reason.message !== null || fields === null) return reason;
  // Only read here: in an answer about a job, these two fields can be copied from the request.
  return reasonIn([{ error: valuesOf(fields, ["title", "description"])[0] }]);
}

export interface Refusal {
  readonly status: number;
  /** Undefined if the body is not JSON. */
  readonly body: unknown;
  readonly isEmpty: boolean;
}

/**
 * The error code for a submission that was definitely refused. The provider answers in JSON. An HTML page comes from
 * something in between, such as a firewall, and says nothing about the account. A 403 of the provider means that the
 * account is out of credits.
 */
export function refusalCode({ status, body, isEmpty }: Refusal): ErrorCode {
  const isProviders = fieldsOf(body) !== null;
  if (!isProviders && (!isEmpty || status === 403)) return "provider_error";
  if ((status === 400 || status === 403 || status === 422) && readReason(body).isModerated) return "moderated";
  switch (status) {
    case 400:
    case 422:
      return "invalid_input";
    case 401:
      return "provider_unauthorized";
    case 402:
    case 403:
      return "insufficient_credits";
    default:
      return "provider_error";
  }
}

/** Why the job failed. `isUnpaid` is true only if the provider will certainly not charge for it. */
export function failureOf({ reason, isUnpaid }: { readonly reason: Reason; readonly isUnpaid: boolean }): Failure {
  const message = reason.message ?? "The provider gave no reason.";
  return reason.isModerated ? { code: "moderated", message } : { code: "provider_error", message, retryable: isUnpaid };
}

export interface LogRow {
  readonly clientRequestId: string | null;
  readonly jobId: string | null;
  /** Whether the submission failed without being charged. */
  readonly hasFailed: boolean;
}

/** Maximum number of rows read from a page. The provider may send more than requested. */
const MAX_ROWS = 5_000;

/** @returns null if the answer is not a page of the log. Rows that are not objects are left out. */
export function readLogPage(
  answer: unknown,
  pageSize: number,
): { readonly rows: LogRow[]; readonly hasMore: boolean } | null {
  const page = fieldsOf(answer);
  const data = page === null ? undefined : valuesOf(page, ["data"]).find(Array.isArray);
  if (page === null || data === undefined) return null;
  const [hasMore] = valuesOf(page, ["pagination"]).flatMap((each) => valuesOf(fieldsOf(each) ?? {}, ["hasmore"]));
  const rows = data
    .slice(0, MAX_ROWS)
    .map(fieldsOf)
    .filter((row) => row !== null);
  return { rows: rows.map(readRow), hasMore: typeof hasMore === "boolean" ? hasMore : data.length >= pageSize };
}

function readRow(row: Fields): LogRow {
  const first = (name: string) => valuesOf(row, [name])[0];
  const [clientRequestId, status] = [first("clientrequestid"), first("status")];
  return {
    clientRequestId: typeof clientRequestId === "string" ? clientRequestId : null,
    jobId: readId(first("inferenceid")),
    hasFailed: typeof status === "string" && saysUnpaid(status) && !isCharged(row),
  };
}
