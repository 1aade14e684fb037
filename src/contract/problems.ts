// The codes of problems. Without zod and the schema of their bodies (problem.ts), which the Worker does not need.

/** Status and title of each code. Callers branch on the code; the title is for people. */
export const PROBLEMS = {
  invalid_request: [400, "The request is invalid"],
  invalid_input: [400, "The provider refused the input"],
  unauthorized: [401, "A valid API key is required"],
  insufficient_credits: [402, "The provider account is out of credits"],
  budget_exceeded: [402, "The account's budget does not allow this generation now"],
  forbidden: [403, "The API key may not do this"],
  invalid_link: [403, "The link is invalid or has expired"],
  not_found: [404, "Not found"],
  method_not_allowed: [405, "Method not allowed"],
  already_finished: [409, "The generation has already finished"],
  in_progress: [409, "The generation is still in progress"],
  idempotency_key_deleted: [409, "The idempotency key belongs to a deleted generation"],
  not_stored_yet: [409, "The video is not stored yet"],
  precondition_failed: [412, "The precondition failed"],
  payload_too_large: [413, "The request body is too large"],
  unsupported_media_type: [415, "The request body must be JSON"],
  range_not_satisfiable: [416, "The range is outside the video"],
  idempotency_mismatch: [422, "The idempotency key was used for a different request"],
  rate_limited: [429, "Too many requests"],
  too_many_in_flight: [429, "Too many generations are in flight"],
  internal: [500, "Internal error"],
  provider_unauthorized: [502, "The provider refused this service's API key"],
  provider_not_configured: [503, "No provider is configured for live requests"],
  overloaded: [503, "Too many large requests at once"],
  unavailable: [503, "A part of this service does not answer"],
  misconfigured: [503, "This service is misconfigured"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];
