// The words in which a generation fails. They are part of the public contract: callers branch on `code`.

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
  /** Whether the same request, sent again unchanged, may succeed without a risk of paying twice. */
  readonly retryable: boolean;
  /** With `storage_failed`: where the provider kept the video, for as long as that link lives. */
  readonly sourceUrl?: string;
}

const RETRYABLE: Record<GenerationErrorCode, boolean> = {
  invalid_input: false,
  moderated: false,
  insufficient_credits: false,
  provider_unauthorized: false,
  provider_error: true,
  // A job may be running at the provider, and be billed: trying again can cost twice.
  submission_unknown: false,
  timed_out: true,
  storage_failed: true,
  canceled: true,
};

/** Upper bound of a provider's message that is kept, in characters. */
const MAX_MESSAGE_LENGTH = 1000;

export function generationError(code: GenerationErrorCode, message: string, sourceUrl?: string): GenerationError {
  const error = { code, message: message.slice(0, MAX_MESSAGE_LENGTH), retryable: RETRYABLE[code] };
  return sourceUrl === undefined ? error : { ...error, sourceUrl };
}
