// One example of each problem, for the description, in both shapes. A test holds them to their schemas.

import { MAX_BODY_BYTES } from "./body.ts";
import type { ProblemExtras } from "./problem.ts";
import { PROBLEMS, type ProblemCode, providerStatusOf } from "./problem-codes.ts";
import { RATE_LIMIT } from "./rate-limit.ts";

const REQUEST_ID = "40f2f5de-c0fd-4ba3-9f32-f9377b4c87ff";

/** The failed generation that tells the same. */
const OF_GENERATION = { generation_id: "gen_v8tx5ny4r7b8fngyvrxa8prp4x" };

const DETAILS: Readonly<Record<ProblemCode, string | readonly [detail: string, extras: ProblemExtras]>> = {
  invalid_request: ["/prompt: is required", { errors: [{ pointer: "/prompt", message: "is required" }] }],
  invalid_input: ["The video is too long.", OF_GENERATION],
  unauthorized: "There is no such API key.",
  insufficient_credits: ["You have run out of credits.", OF_GENERATION],
  invalid_link: "Ask GET /v1/generations/{id} for a fresh link.",
  not_found: "There is no generation gen_00000000000000000000000000.",
  method_not_allowed: "POST is not allowed here; GET, HEAD is.",
  already_finished: "It is completed.",
  in_progress: "Cancel it first, or wait for its end.",
  idempotency_key_deleted: "The generation that this Idempotency-Key made has been deleted.",
  not_stored_yet: "The video is not stored yet.",
  precondition_failed: "The video is another than If-Match or If-Unmodified-Since want.",
  payload_too_large: [
    `The body must be at most ${MAX_BODY_BYTES} bytes.`,
    { errors: [{ pointer: "", message: `must be at most ${MAX_BODY_BYTES} bytes` }] },
  ],
  unsupported_media_type: "Send the body with `Content-Type: application/json`.",
  range_not_satisfiable: "The video has 7340032 bytes.",
  idempotency_mismatch: "This Idempotency-Key was used with another request body.",
  rate_limited: `At most ${RATE_LIMIT.requests} requests in ${RATE_LIMIT.seconds} s; wait a little.`,
  too_many_in_flight: "At most 100 generations may be in flight; wait for one to end.",
  internal: "An unexpected error happened; it has been logged under the request id.",
  provider_unauthorized: ["Invalid API key.", OF_GENERATION],
  provider_not_configured: "AIMLAPI_KEY is not set. Keys that begin with rh_test_ work without it.",
  misconfigured: "A setting of this service is missing or bad; /healthz names it.",
};

function detailOf(code: ProblemCode): readonly [detail: string, extras: ProblemExtras] {
  const told = DETAILS[code];
  return typeof told === "string" ? [told, {}] : told;
}

export function problemExample(code: ProblemCode): object {
  const [status, title] = PROBLEMS[code];
  const [detail, extras] = detailOf(code);
  return { type: `urn:reelhook:problem:${code}`, title, status, detail, code, request_id: REQUEST_ID, ...extras };
}

export function providerErrorExample(code: ProblemCode): object {
  return {
    message: detailOf(code)[0],
    path: "/v2/video/generations",
    requestId: REQUEST_ID,
    statusCode: providerStatusOf(code),
    timestamp: "2026-11-22T17:03:32.000Z",
  };
}
