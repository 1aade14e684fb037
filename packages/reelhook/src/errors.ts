import type { ApiProblem } from "./types.ts";

/** One bad field of a request. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) to the field, such as `/webhooks/0/url`. */
  readonly pointer: string;
  readonly message: string;
}

/**
 * Codes of failures for which there is no answer of the API:
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
  /** Code of the problem, such as `invalid_request`, or of a failure without an answer of the API. */
  readonly code: ApiProblem["code"] | ClientErrorCode;
  /** The bad fields of a request that was refused as invalid; otherwise empty. */
  readonly errors: readonly FieldError[];
  /** Identifies the request in the log of the deployment; null without an answer. */
  readonly requestId: string | null;
  /** The generation that failed, if the provider refused it while the call waited; otherwise null. */
  readonly generationId: string | null;
  /** When a limit allows the next request, as the answer stated; null if it did not. */
  readonly retryAfterMs: number | null;

  constructor(message: string, { status, code, problem, retryAfterMs = null, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.errors = problem?.errors ?? [];
    this.requestId = problem?.request_id ?? null;
    this.generationId = problem?.generation_id ?? null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** @param body the whole answer. */
export function errorOf(call: string, { status, headers }: Response, body: string): ReelhookError {
  const problem = problemIn(body);
  const retryAfterMs = retryAfterIn(headers.get("retry-after"));
  if (problem === null) {
    const message = `${call}: the answer (HTTP ${status}) is not Reelhook's. Check the base URL, and what is in front of it.`;
    return new ReelhookError(message, { status, code: "unexpected_answer", retryAfterMs });
  }
  const fields = (problem.errors ?? []).map(({ pointer, message }) => `${pointer}: ${message}`);
  const message = `${call}: ${[problem.detail, ...fields].join(" ")}`;
  return new ReelhookError(message, { status, code: problem.code, problem, retryAfterMs });
}

function problemIn(body: string): ApiProblem | null {
  try {
    const problem = JSON.parse(body) as Partial<ApiProblem> | null;
    return typeof problem?.code === "string" && typeof problem.detail === "string" ? (problem as ApiProblem) : null;
  } catch {
    return null;
  }
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterIn(value: string | null): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
