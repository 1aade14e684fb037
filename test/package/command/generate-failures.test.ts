import { describe, expect, it } from "vitest";
import { CommandError } from "../../../packages/reelhook/src/command/command-error.ts";
import { EXIT } from "../../../packages/reelhook/src/command/exit-codes.ts";
import {
  type Course,
  failureJson,
  failureLines,
  failureOf,
  failureOfGeneration,
} from "../../../packages/reelhook/src/command/generate/failures.ts";
import { Interruption } from "../../../packages/reelhook/src/command/signals.ts";
import { errorOf, ReelhookError, unexpectedAnswer } from "../../../packages/reelhook/src/errors.ts";
import { EXAMPLES } from "../../../scripts/openapi/examples.ts";
import { generationSchema } from "../../../src/contract/generation.ts";
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from "../../../src/contract/problems.ts";
import { ERROR_CODES } from "../../../src/contract/words.ts";

const COMPLETED = { ...generationSchema.parse(EXAMPLES["Generation"]), error: null };
const GENERATING = { ...COMPLETED, status: "generating" as const, video: null };
const { id } = COMPLETED;

const course = (changes: Partial<Course> = {}): Course => ({
  url: "https://reelhook.example.com",
  out: undefined,
  idempotencyKey: "order  42",
  isSent: true,
  generation: null,
  ...changes,
});

function problem(code: ProblemCode, extras: object = {}, headers: Record<string, string> = {}): ReelhookError {
  const [status, title] = PROBLEMS[code];
  const body = { type: "about:blank", title, status, detail: `${title}.`, code, request_id: "r1", ...extras };
  return errorOf("POST /v1/generations", new Response(null, { status, headers }), JSON.stringify(body));
}

const lostAnswer = () => new ReelhookError("lost", { status: null, code: "connection_failed" });

const notReelhook = () => unexpectedAnswer("GET /v1/account", new Response("<html>"));

const linesOf = (error: unknown, at: Course) => failureLines(failureOf(error, at));

const REFUSED_INPUT: readonly ProblemCode[] = [
  "invalid_request",
  "invalid_input",
  "not_found",
  "idempotency_key_deleted",
  "payload_too_large",
  "unsupported_media_type",
  "idempotency_mismatch",
];

describe("the exit code", () => {
  it.each(PROBLEM_CODES)("of %s says whether the request or the deployment is to blame", (code) => {
    const expected = REFUSED_INPUT.includes(code) ? EXIT.usage : EXIT.unavailable;
    expect(failureOf(problem(code), course()).exitCode).toBe(expected);
  });

  it.each(ERROR_CODES)("of a generation that failed with %s is that of the same refusal", (code) => {
    const error = { code, message: "It failed.", retryable: false };
    const { exitCode } = failureOfGeneration({ id, status: "failed", error });
    const refusals: Partial<Record<string, number>> = {
      invalid_input: EXIT.usage,
      insufficient_credits: EXIT.unavailable,
      provider_unauthorized: EXIT.unavailable,
    };
    expect(exitCode).toBe(refusals[code] ?? EXIT.failed);
  });

  it("of other failures", () => {
    expect(failureOf(new CommandError("--out", EXIT.usage), course()).exitCode).toBe(2);
    expect(failureOf(lostAnswer(), course()).exitCode).toBe(3);
    expect(failureOf(notReelhook(), course()).exitCode).toBe(3);
    expect(failureOf(new Error("disk full"), course({ generation: COMPLETED })).exitCode).toBe(4);
    expect(failureOf(new Interruption("SIGINT"), course()).exitCode).toBe(130);
    expect(failureOf(new Interruption("SIGTERM"), course()).exitCode).toBe(143);
    expect(failureOf(new Error("a bug"), course()).exitCode).toBe(3);
  });
});

describe("the explanation", () => {
  it("names each bad field on a line of its own", () => {
    const errors = [
      { pointer: "/seed", message: "must be a number" },
      { pointer: "/a", message: "is not\u001b[2J known" },
    ];
    expect(linesOf(problem("invalid_request", { errors }), course())).toEqual([
      "error: The request was refused.",
      "  /seed: must be a number",
      "  /a: is not\ufffd[2J known",
    ]);
  });

  it("says how to find a generation whose creation was not answered", () => {
    const advice = "Run the command again with --idempotency-key 'order  42' to get that one instead of another.";
    for (const error of [lostAnswer(), problem("internal"), notReelhook()]) {
      expect(linesOf(error, course())).toContain(advice);
      expect(linesOf(error, course({ isSent: false }))).not.toContain(advice);
    }
    expect(linesOf(new Interruption("SIGINT"), course())).toContain(advice);
    expect(linesOf(problem("provider_not_configured"), course())).not.toContain(advice);
    expect(linesOf(problem("rate_limited"), course())).not.toContain(advice);
  });

  it.each([
    ["the wait was stopped", new Interruption("SIGINT"), GENERATING],
    ["the deployment was lost", lostAnswer(), GENERATING],
    ["the video could not be written", new Error("ENOSPC"), COMPLETED],
  ])("says how to save the video later if %s", (_, error, generation) => {
    const command = `Save its video with: npx reelhook generate --resume ${id} --out 'my  video.mp4'`;
    expect(linesOf(error, course({ generation, out: "my  video.mp4" })).join(" ")).toContain(command);
    expect(failureOf(error, course({ generation })).generationId).toBe(id);
  });

  it("does not send anyone to a video that has been deleted", () => {
    expect(linesOf(problem("not_found"), course({ generation: COMPLETED })).join()).not.toContain("--resume");
    expect(linesOf(problem("not_found"), course({ generation: GENERATING })).join()).not.toContain("--resume");
  });

  it("does not invent a status for events that are not Reelhook's", () => {
    const error = new ReelhookError("not JSON", { status: null, code: "unexpected_answer" });
    expect(linesOf(error, course())[0]).toMatch(
      /^error: The server at https:\/\/reelhook\.example\.com is not Reelhook\./,
    );
  });

  it("says when to try again", () => {
    expect(linesOf(problem("too_many_in_flight", {}, { "retry-after": "61" }), course()).at(-1)).toBe(
      "Try again in 61 s.",
    );
  });

  it("names the request for the deployment's log if the deployment is to blame", () => {
    expect(linesOf(problem("internal"), course()).at(-1)).toBe("The request's id is r1.");
    expect(linesOf(problem("invalid_request"), course()).join()).not.toContain("r1");
  });

  it("says whether a failed generation is worth another try", () => {
    const error = {
      code: "storage_failed",
      message: "Gone.",
      retryable: true,
      source_url: "https://example.com/v",
    } as const;
    expect(failureLines(failureOfGeneration({ id, status: "failed", error }))).toEqual([
      `error: The generation ${id} has failed: Gone.`,
      "The provider's own link may still work: https://example.com/v",
      "The same request may succeed if you send it again.",
    ]);
  });

  it("is one object for scripts", () => {
    const failure = failureOf(problem("insufficient_credits", { generation_id: id }), course());
    expect(failureJson(failure)).toEqual({
      error: {
        code: "insufficient_credits",
        message:
          "The provider account is out of credits. Add credits to the provider account of this deployment, then try again.",
        errors: [],
        request_id: "r1",
        generation_id: id,
      },
    });
  });
});
