import type { ApiProblem } from "./types.ts";

/** One bad field of a request. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) to the field, such as `/webhooks/0/url`. */
  readonly pointer: string;
  readonly message: string;
}

/**
 * Codes of failures without an answer from the API:
 *
 * - `connection_failed`: no answer arrived; `cause` has the reason.
 * - `unexpected_answer`: something else answered, such as a proxy, or another server at that URL.
 * - `timed_out`: `wait` ended before the generation did.
 */
export type ClientErrorCode = "connection_failed" | "unexpected_answer" | "timed_out";

interface Details {
  readonly status: number | null;
  readonly code: ApiProblem["code"] | ClientErrorCode;
  readonly problem?: ApiProblem | undefined;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** A call that failed. Tell failures apart by `code`, never by `message`. */
export class ReelhookError extends Error {
  override readonly name = "ReelhookError";
  /** HTTP status; null if no answer arrived. */
  readonly status: number | null;
  /** Code of the problem, such as `invalid_request`, or of a failure without an answer from the API. */
  readonly code: ApiProblem["code"] | ClientErrorCode;
  /** The API's explanation alone: `message` adds the call, and bad fields that it does not name. Null without an answer from the API. */
  readonly detail: string | null;
  /** The bad fields of a request that was refused as invalid; otherwise empty. */
  readonly errors: readonly FieldError[];
  /** Identifies the request in the log of the deployment; null without an answer from the API. */
  readonly requestId: string | null;
  /** The generation that failed, if the provider refused it while the call waited; otherwise null. */
  readonly generationId: string | null;
  /** Milliseconds until the call may be made again (`Retry-After`); null if the answer has no such header. */
  readonly retryAfterMs: number | null;

  /** @internal */
  constructor(message: string, { status, code, problem, retryAfterMs = null, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.detail = problem?.detail ?? null;
    this.errors = problem?.errors ?? [];
    this.requestId = problem?.request_id ?? null;
    this.generationId = problem?.generation_id ?? null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** @param body the whole answer. */
export function errorOf(call: string, response: Response, body: string): ReelhookError {
  const problem = problemIn(body);
  if (problem === null) return unexpectedAnswer(call, response);
  const { status, headers } = response;
  // The API repeats the first few errors in its detail.
  const others = (problem.errors ?? [])
    .map(({ pointer, message }) => `${pointer || "the body"}: ${message}`)
    .filter((text) => !problem.detail.includes(text));
  const message = `${call}: ${[problem.detail, ...others].join(" ")}`;
  return new ReelhookError(message, { status, code: problem.code, problem, retryAfterMs: retryAfterIn(headers) });
}

/** For an answer that does not come from the API, or is not what the API sends. */
export function unexpectedAnswer(call: string, { status, headers, url }: Response): ReelhookError {
  const location = headers.get("location");
  const message =
    location === null
      ? `${call}: the answer (HTTP ${status}) is not Reelhook's. Check the base URL, and any proxy in front of the deployment.`
      : `${call}: the answer (HTTP ${status}) is a redirect to ${placeOf(location, url)}. Check the base URL.`;
  return new ReelhookError(message, { status, code: "unexpected_answer", retryAfterMs: retryAfterIn(headers) });
}

/** @param message without the reason and the full stop, which are added. */
export function connectionFailed(message: string, cause?: unknown): ReelhookError {
  const reason = cause instanceof Error ? ` (${reasonOf(cause)})` : "";
  return new ReelhookError(`${message}${reason}.`, { status: null, code: "connection_failed", cause });
}

/** `fetch` puts the reason for a failure into the cause of its error. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

/** Without the query, which can hold secrets. */
function placeOf(location: string, base: string): string {
  const url = URL.canParse(location, base) ? new URL(location, base) : null;
  return url === null ? "another address" : url.origin + url.pathname;
}

function problemIn(body: string): ApiProblem | null {
  try {
    const problem = JSON.parse(body) as Partial<ApiProblem> | null;
    const texts = [problem?.code, problem?.detail, problem?.request_id];
    return texts.every((text) => typeof text === "string") ? (problem as ApiProblem) : null;
  } catch {
    return null;
  }
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterIn(headers: Headers): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
