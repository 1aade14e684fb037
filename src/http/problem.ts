// Everything that an HTTP caller is told went wrong, as problem details: https://www.rfc-editor.org/rfc/rfc9457

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "./app-env.ts";

/** Status and title of each code. Codes are the contract; titles are for people. */
const PROBLEMS = {
  invalid_request: [400, "The request is not valid"],
  invalid_input: [400, "The provider refused the input"],
  unauthorized: [401, "A valid API key is needed"],
  insufficient_credits: [402, "The provider account is out of credits"],
  invalid_link: [403, "The link is not valid, or no longer"],
  not_found: [404, "There is nothing here"],
  method_not_allowed: [405, "The method is not allowed here"],
  already_finished: [409, "The generation has finished already"],
  in_progress: [409, "The generation is still in progress"],
  idempotency_key_deleted: [409, "The idempotency key belongs to a deleted generation"],
  not_stored_yet: [409, "The video is not stored yet"],
  payload_too_large: [413, "The request body is too large"],
  unsupported_media_type: [415, "The request body must be JSON"],
  idempotency_mismatch: [422, "The idempotency key belongs to another request"],
  internal: [500, "Something went wrong here"],
  provider_unauthorized: [502, "The provider refused the API key of this service"],
  provider_not_configured: [503, "No provider is configured for live requests"],
  misconfigured: [503, "This service is not configured correctly"],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  /** JSON Pointer (RFC 6901) to the field; empty for the whole body. */
  readonly pointer: string;
  readonly message: string;
}

export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly generation_id?: string;
}

/** Thrown by handlers, answered by `answerProblem`. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}, headers: Record<string, string> = {}) {
    super(detail);
    this.code = code;
    this.extras = extras;
    this.headers = headers;
  }
}

export function invalidRequest(errors: readonly FieldError[]): Problem {
  const named = errors.map(({ pointer, message }) => `${pointer === "" ? "the body" : pointer}: ${message}`);
  return new Problem("invalid_request", named.join("; "), { errors });
}

export function answerProblem(c: Context<AppEnv>, { code, message, extras, headers }: Problem): Response {
  const [status, title] = PROBLEMS[code];
  const body = {
    type: `urn:reelhook:problem:${code}`,
    title,
    status,
    detail: message,
    code,
    request_id: c.get("requestId"),
    ...extras,
  };
  return c.body(JSON.stringify(body), status, { ...headers, "content-type": "application/problem+json" });
}
