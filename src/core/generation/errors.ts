// Errors of a generation.

import type { ErrorCode } from "../../contract/words.ts";
import { cutText } from "../text.ts";

export interface GenerationError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Whether the same request may be sent again automatically: it may succeed, and nothing is paid twice. */
  readonly retryable: boolean;
  /** With `storage_failed`: the provider's URL of the video, valid as long as the provider keeps it. */
  readonly sourceUrl?: string;
}

/** The reason for a failure, from which the `GenerationError` is made. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** True only if the job certainly costs nothing. Defaults to false. */
  readonly retryable?: boolean;
  /** True if the provider has refused or failed the job without stating a price. Defaults to false. */
  readonly isFree?: boolean;
}

/** Longer messages are cut to this many characters. */
const MAX_MESSAGE_LENGTH = 1000;

export function generationError({ code, message, retryable = false }: Failure, sourceUrl?: string): GenerationError {
  const error = { code, message: cutText(message, MAX_MESSAGE_LENGTH), retryable };
  return sourceUrl === undefined ? error : { ...error, sourceUrl };
}

/** The message of a thrown value. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
