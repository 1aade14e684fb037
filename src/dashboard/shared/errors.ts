// Why a generation failed or was canceled, in words.

import type { ErrorCode } from "../../contract/words.ts";

export const ERROR_WORDS: Readonly<Record<ErrorCode, string>> = {
  invalid_input: "Input refused",
  moderated: "Refused by moderation",
  insufficient_credits: "Not enough credits",
  provider_unauthorized: "Provider key refused",
  provider_error: "Provider error",
  submission_unknown: "Submission outcome unknown",
  timed_out: "Timed out",
  storage_failed: "Video not stored",
  canceled: "Canceled",
};

/** @returns a code without words as it is. */
export function errorWords(code: string): string {
  return Object.hasOwn(ERROR_WORDS, code) ? ERROR_WORDS[code as ErrorCode] : code;
}
