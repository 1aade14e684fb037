// Failed requests, answered as problem details: https://www.rfc-editor.org/rfc/rfc9457

import type { Context } from "hono";
import type { FieldError, ProblemView } from "../contract/problem.ts";
import { PROBLEMS, type ProblemCode } from "../contract/problems.ts";
import type { AppEnv } from "./app-env.ts";
import { detailOf, limitedDetail, listedErrors } from "./error-limits.ts";

type ProblemExtras = Pick<ProblemView, "generation_id" | "budget_resets_at"> & {
  readonly errors?: readonly FieldError[];
};

/**
 * Thrown by handlers and middleware; `answerProblem` turns it into the answer. Limits its own size, so that no answer
 * exceeds 16 kB. Text from outside goes through `repeated` first.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}, headers: Record<string, string> = {}) {
    super(limitedDetail(detail));
    this.code = code;
    this.extras = extras.errors === undefined ? extras : { ...extras, errors: listedErrors(extras.errors) };
    this.headers = headers;
  }
}

/** @param all every error; the answer lists those that it has room for, and says how many there are. */
export function invalidRequest(all: readonly FieldError[]): Problem {
  const errors = listedErrors(all);
  return new Problem("invalid_request", detailOf(all, errors), { errors });
}

/** A caller waits this long before it tries again. In seconds. */
const RETRY_AFTER = 5;

/** @param what a sentence that says what is not to be had now. */
export function unavailable(what: string): Problem {
  const headers = { "retry-after": String(RETRY_AFTER) };
  return new Problem("unavailable", `${what} Try again in ${RETRY_AFTER} seconds.`, {}, headers);
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
