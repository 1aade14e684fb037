// Errors of a generation.

import type { ErrorCode } from "../../contract/words.ts";
import { cutText } from "../text.ts";

export interface GenerationError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Whether the same request may be retried automatically: it may succeed, and nothing is paid twice. */
  readonly retryable: boolean;
  /** With `storage_failed`: the provider's URL of the video, valid as long as the provider keeps it. */
  readonly sourceUrl?: string;
}

/** The reason for a failure, from which the `GenerationError` is made. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

const RETRYABLE: Record<ErrorCode, boolean> = {
  invalid_input: false,
  moderated: false,
  insufficient_credits: false,
  provider_unauthorized: false,
  provider_error: true,
  // For these codes, a job may be running or done at the provider, and be billed.
  submission_unknown: false,
  timed_out: false,
  storage_failed: false,
  canceled: false,
};

/** Longer messages are cut to this many characters. */
const MAX_MESSAGE_LENGTH = 1000;

export function generationError(code: ErrorCode, message: string, sourceUrl?: string): GenerationError {
  const error = { code, message: cutText(message, MAX_MESSAGE_LENGTH), retryable: RETRYABLE[code] };
  return sourceUrl === undefined ? error : { ...error, sourceUrl };
}

/** The message of a thrown value. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
