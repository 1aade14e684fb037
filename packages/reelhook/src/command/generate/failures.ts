// Explains why the command has not saved a video, and what to do.

import { connectionFailed, type FieldError, ReelhookError } from "../../errors.ts";
import type { Generation } from "../../types.ts";
import { CommandError } from "../command-error.ts";
import { COMMAND } from "../command-name.ts";
import { isLate } from "../deadline.ts";
import { deploymentFailure } from "../deployment-failures.ts";
import { EXIT } from "../exit-codes.ts";
import { printable, printableWithSpaces } from "../printable.ts";
import { Interruption } from "../signals.ts";
import { shellWord } from "./texts.ts";

export interface Failure {
  readonly exitCode: number;
  /** A problem code or error code of the API, or `invalid_options`, `interrupted`, `not_saved`, `unexpected`. */
  readonly code: string;
  readonly message: string;
  /** Sentences that say what to do. */
  readonly advice: readonly string[];
  /** The bad fields of the request. */
  readonly errors: readonly FieldError[];
  readonly requestId: string | null;
  readonly generationId: string | null;
}

/** How far the command has come. */
export interface Course {
  /** URL of the deployment. */
  url: string;
  /** The option. */
  readonly out: string | undefined;
  readonly idempotencyKey: string;
  /** Whether the request that creates the generation has been sent. */
  isSent: boolean;
  generation: Generation | null;
}

const NONE = { advice: [], errors: [], requestId: null, generationId: null };

/** Reasons in the request itself. */
const USAGE: readonly string[] = [
  "invalid_request",
  "invalid_input",
  "not_found",
  "payload_too_large",
  "unsupported_media_type",
  "idempotency_mismatch",
  "idempotency_key_deleted",
];

/** Reasons for a failed generation that only the deployment's operator can change. */
const UNAVAILABLE: readonly string[] = ["insufficient_credits", "provider_unauthorized"];

/** Codes with a 5xx status that still mean that nothing was created. */
const REFUSALS: readonly string[] = ["provider_unauthorized", "provider_not_configured", "misconfigured", "overloaded"];

/** @param error anything that was thrown. */
export function failureOf(error: unknown, course: Course): Failure {
  if (error instanceof CommandError) {
    const { exitCode, message } = error;
    return exitCode === EXIT.usage
      ? refusedOptions(message)
      : { ...NONE, exitCode, code: "unexpected_answer", message };
  }
  if (error instanceof Interruption) return interrupted(error, course);
  if (course.generation?.status === "completed") return notSaved(error, course);
  const failure = isLate(error) ? connectionFailed("No answer", error) : error;
  return failure instanceof ReelhookError ? callFailure(failure, course) : unexpected(failure, course);
}

/** @param message may begin with `error: `, as messages of commander do. */
export function refusedOptions(message: string): Failure {
  return { ...NONE, exitCode: EXIT.usage, code: "invalid_options", message: message.replace(/^error: /, "") };
}

/** The failure of a generation that has ended without a video. */
export function failureOfGeneration({ id, status, error }: Pick<Generation, "id" | "status" | "error">): Failure {
  const code = error?.code ?? status;
  return {
    ...NONE,
    exitCode: exitCodeOf(code, EXIT.failed),
    code,
    message: `The generation ${id} ${status === "canceled" ? "was canceled" : "has failed"}: ${error?.message ?? status}`,
    advice: [
      ...(adviceFor(code) ?? []),
      ...(error?.source_url === undefined ? [] : [`The provider's own link may still work: ${error.source_url}`]),
      ...(error?.retryable ? ["The same request may succeed if you send it again."] : []),
    ],
    generationId: id,
  };
}

function interrupted({ exitCode }: Interruption, course: Course): Failure {
  const { generation } = course;
  const state =
    generation === null
      ? { message: "Stopped before a generation was created.", advice: mayExist(course) }
      : { message: `Stopped. The generation ${generation.id} ${goesOn(generation)}.`, advice: [resumption(course)] };
  return { ...NONE, ...state, exitCode, code: "interrupted", generationId: generation?.id ?? null };
}

function goesOn({ status }: Generation): string {
  return status === "completed" ? "has completed" : "continues";
}

function notSaved(error: unknown, course: Course): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    ...NONE,
    exitCode: EXIT.notSaved,
    code: "not_saved",
    message: `The generation has completed, but its video could not be saved: ${reason}`,
    advice: isGone(error, course) ? [] : [`The deployment has stored it. ${resumption(course)}`],
    requestId: error instanceof ReelhookError ? error.requestId : null,
    generationId: course.generation?.id ?? null,
  };
}

function isGone(error: unknown, { generation }: Course): boolean {
  return generation?.video === null || (error instanceof ReelhookError && error.code === "not_found");
}

/** A bug of the command, so its stack is shown. */
function unexpected(error: unknown, course: Course): Failure {
  const { generation } = course;
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...NONE,
    exitCode: EXIT.unavailable,
    code: "unexpected",
    message: `Unexpected error: ${reason}`,
    advice: generation === null ? mayExist(course) : [resumption(course)],
    generationId: generation?.id ?? null,
  };
}

function callFailure(error: ReelhookError, course: Course): Failure {
  const { code, errors, requestId, status, retryAfterMs } = error;
  const isUnknown = status === null || code === "unexpected_answer" || (status >= 500 && !REFUSALS.includes(code));
  const later = retryAfterMs === null ? [] : [`Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`];
  const { generation } = course;
  const waiting =
    generation === null || code === "not_found" ? [] : [`The generation ${goesOn(generation)}. ${resumption(course)}`];
  return {
    exitCode: exitCodeOf(code, EXIT.unavailable),
    code,
    message: errors.length > 0 ? "The request was refused." : messageOf(error, course),
    advice: [
      ...(adviceFor(code, course.url) ?? later),
      ...(isUnknown && generation === null ? mayExist(course) : waiting),
      ...(status !== null && status >= 500 && requestId !== null ? [`The request's id is ${requestId}.`] : []),
    ],
    errors,
    requestId,
    generationId: error.generationId ?? generation?.id ?? null,
  };
}

function messageOf(error: ReelhookError, { url }: Course): string {
  if (error.status === 401 || error.detail === null) return deploymentFailure(error, url) ?? error.message;
  return error.detail;
}

function exitCodeOf(code: string, otherwise: number): number {
  if (USAGE.includes(code)) return EXIT.usage;
  return UNAVAILABLE.includes(code) ? EXIT.unavailable : otherwise;
}

/** Null if the message says it all. */
function adviceFor(code: string, url?: string): string[] | null {
  switch (code) {
    case "insufficient_credits":
      return ["Add credits to the provider account of this deployment, then try again."];
    case "provider_unauthorized":
      return ["The operator of this deployment must set a valid AIMLAPI_KEY."];
    case "misconfigured":
      return [`The operator finds the setting at ${url}/healthz.`];
    case "moderated":
      return ["Change the prompt or the input files, then try again."];
    default:
      return null;
  }
}

/** The answer to the request that creates a generation was lost. */
function mayExist({ isSent, idempotencyKey }: Course): string[] {
  if (!isSent) return [];
  return [
    "The request was sent, so the generation may exist.",
    `Run the command again with --idempotency-key ${shellWord(idempotencyKey)} to get that one instead of another.`,
  ];
}

function resumption({ generation, out }: Course): string {
  const file = out === undefined ? "" : ` --out ${shellWord(out)}`;
  return `Save its video with: ${COMMAND} generate --resume ${generation?.id}${file}`;
}

/** Lines for a terminal. */
export function failureLines({ code, message, errors, advice }: Failure): string[] {
  return [
    `${code === "interrupted" ? "" : "error: "}${printable(message, 1_000)}`,
    ...errors.map(({ pointer, message }) => `  ${printable(pointer)}: ${printable(message, 500)}`),
    ...advice.map((sentence) => printableWithSpaces(sentence, 3_000)),
  ];
}

/** For scripts. */
export function failureJson({ code, message, errors, advice, requestId, generationId }: Failure): object {
  const whole = [message, ...advice].join(" ");
  return { error: { code, message: whole, errors, request_id: requestId, generation_id: generationId } };
}
