// Why a generation fails. The codes are part of the public contract: callers branch on them.

export type GenerationErrorCode =
  | "invalid_input"
  | "moderated"
  | "insufficient_credits"
  | "provider_unauthorized"
  | "provider_error"
  | "submission_unknown"
  | "timed_out"
  | "storage_failed"
  | "canceled";

export interface GenerationError {
  readonly code: GenerationErrorCode;
  readonly message: string;
  /** Whether the same request may be sent again, unchanged and unasked: it may succeed, and nothing is paid twice. */
  readonly retryable: boolean;
  /** With `storage_failed`: where the provider kept the video, for as long as that link lives. */
  readonly sourceUrl?: string;
}

/** Why a generation fails, before it does. */
export interface Failure {
  readonly code: GenerationErrorCode;
  readonly message: string;
}

const RETRYABLE: Record<GenerationErrorCode, boolean> = {
  invalid_input: false,
  moderated: false,
  insufficient_credits: false,
  provider_unauthorized: false,
  provider_error: true,
  // A job may be running at the provider, or be done, and is then billed.
  submission_unknown: false,
  timed_out: false,
  storage_failed: false,
  canceled: false,
};

/** Upper bound of a provider's message that is kept, in characters. */
const MAX_MESSAGE_LENGTH = 1000;

export function generationError(code: GenerationErrorCode, message: string, sourceUrl?: string): GenerationError {
  const error = { code, message: message.slice(0, MAX_MESSAGE_LENGTH), retryable: RETRYABLE[code] };
  return sourceUrl === undefined ? error : { ...error, sourceUrl };
}

/** What to say of something that was thrown. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
