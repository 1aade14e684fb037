// The codes of problems: the contract.

import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Status and title of each code. Codes are the contract; titles are for people. */
export const PROBLEMS = {
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
  precondition_failed: [412, "The video is not the one that was expected"],
  payload_too_large: [413, "The request body is too large"],
  unsupported_media_type: [415, "The request body must be JSON"],
  range_not_satisfiable: [416, "The range lies outside the video"],
  idempotency_mismatch: [422, "The idempotency key belongs to another request"],
  rate_limited: [429, "Too many requests"],
  too_many_in_flight: [429, "Too many generations are in flight"],
  internal: [500, "Something went wrong here"],
  provider_unauthorized: [502, "The provider refused the API key of this service"],
  provider_not_configured: [503, "No provider is configured for live requests"],
  misconfigured: [503, "This service is not configured correctly"],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === "string" && Object.hasOwn(PROBLEMS, code);
}

export function statusOfCode(code: ProblemCode): ContentfulStatusCode {
  return PROBLEMS[code][0];
}

/** The provider's own status for the same. */
export function providerStatusOf(code: ProblemCode): ContentfulStatusCode {
  return code === "insufficient_credits" ? 403 : statusOfCode(code);
}

/** What any operation may answer, on top of its own. What tells of the deployment itself is neither limited nor configured. */
export function alwaysPossible({ isPublic = false, tag }: { isPublic?: boolean; tag: string }): readonly ProblemCode[] {
  const anywhere = ["invalid_request", "internal"] as const;
  if (tag === "Service") return anywhere;
  const guarded = [...anywhere, "rate_limited", "misconfigured"] as const;
  return isPublic ? guarded : [...guarded, "unauthorized"];
}
