// An example of each problem, in our shape and in the provider's. A test parses each with its schema.

import { MAX_BODY_BYTES } from "../../src/contract/limits.ts";
import type { ProblemView } from "../../src/contract/problem.ts";
import { PROBLEMS, type ProblemCode } from "../../src/contract/problems.ts";
import { providerStatusOf } from "../../src/http/drop-in.ts";
import { RATE_LIMIT } from "../../src/http/rate-limit.ts";

type ProblemExtras = Pick<ProblemView, "errors" | "generation_id" | "budget_resets_at">;

const REQUEST_ID = "40f2f5de-c0fd-4ba3-9f32-f9377b4c87ff";

/** The failed generation, which shows the same error. */
const OF_GENERATION = { generation_id: "gen_v8tx5ny4r7b8fngyvrxa8prp4x" };

const DETAILS: Readonly<Record<ProblemCode, string | readonly [detail: string, extras: ProblemExtras]>> = {
  invalid_request: ["/prompt: is required", { errors: [{ pointer: "/prompt", message: "is required" }] }],
  invalid_input: ["The video is too long.", OF_GENERATION],
  unauthorized: "Unknown API key.",
  insufficient_credits: ["You have run out of credits.", OF_GENERATION],
  budget_exceeded: [
    "This generation is estimated at $0.75, but $49.50 of the budget of $50.00 a day is spent or reserved. The budget resets at 2026-11-23T00:00:00.000Z.",
    { budget_resets_at: "2026-11-23T00:00:00.000Z" },
  ],
  forbidden: "This API key is read-only: it cannot change anything or read secrets.",
  invalid_link: "Get a new link from GET /v1/generations/{id}.",
  not_found: "There is no generation gen_00000000000000000000000000.",
  method_not_allowed: "POST is not allowed. Allowed: GET, HEAD.",
  already_finished: "The generation is completed.",
  in_progress: "Cancel the generation first, or wait until it ends.",
  idempotency_key_deleted: "The generation of this Idempotency-Key was deleted.",
  not_stored_yet: "The video is not stored yet.",
  precondition_failed: "The video does not match If-Match or If-Unmodified-Since.",
  payload_too_large: [
    `The body must be at most ${MAX_BODY_BYTES} bytes.`,
    { errors: [{ pointer: "", message: `must be at most ${MAX_BODY_BYTES} bytes` }] },
  ],
  unsupported_media_type: "Send the body with `Content-Type: application/json`.",
  range_not_satisfiable: "The video has 7340032 bytes.",
  idempotency_mismatch: "This Idempotency-Key was used for a different request.",
  rate_limited: `At most ${RATE_LIMIT.requests} requests per ${RATE_LIMIT.seconds} s.`,
  too_many_in_flight: "At most 100 generations may be in flight. Wait until one ends.",
  internal: "An unexpected error occurred. It is logged under this request id.",
  provider_unauthorized: ["Invalid API key.", OF_GENERATION],
  provider_not_configured: "AIMLAPI_KEY is not set. API keys that begin with rh_test_ work.",
  overloaded: "Too many request bodies are being read at once. Try again in 10 seconds.",
  unavailable: "This API key cannot be checked now. Try again in 5 seconds.",
  misconfigured: "A setting of this service is missing or invalid. /healthz names it.",
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
