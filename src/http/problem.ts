// Failed requests, answered as problem details: https://www.rfc-editor.org/rfc/rfc9457

import type { Context } from "hono";
import { type FieldError, PROBLEMS, type ProblemCode, type ProblemView } from "../contract/problems.ts";
import type { AppEnv } from "./app-env.ts";

type ProblemExtras = Pick<ProblemView, "generation_id"> & { readonly errors?: readonly FieldError[] };

/** Thrown by handlers and middleware; `answerProblem` turns it into the answer. */
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

/** Bounds the answer, which could otherwise be larger than the request. */
const MAX_ERRORS = 100;
const MAX_ERRORS_IN_DETAIL = 5;

export function invalidRequest(all: readonly FieldError[]): Problem {
  const errors = all.slice(0, MAX_ERRORS);
  const named = errors
    .slice(0, MAX_ERRORS_IN_DETAIL)
    .map(({ pointer, message }) => `${pointer || "the body"}: ${message}`);
  const others = all.length - named.length;
  return new Problem("invalid_request", named.join("; ") + (others > 0 ? `; and ${others} more` : ""), { errors });
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
