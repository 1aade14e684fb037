// Why a generation has no video: what to do next, and whether it is billed.

import type { GenerationView } from "../../contract/generation.ts";
import type { ErrorCode } from "../../contract/words.ts";
import { moneyFacts } from "../shared/money.ts";

type Ended = Pick<GenerationView, "mode" | "submitted_at" | "estimate" | "usage"> & {
  readonly error: { readonly code: ErrorCode; readonly retryable: boolean };
};

/** What to do next. Empty if there is nothing to do. */
export function nextStep({ submitted_at, error: { code, retryable } }: Ended): string {
  switch (code) {
    case "invalid_input":
      return "Change the input, then run it again.";
    case "moderated":
      return "The provider's content policy does not allow this input. Change it, then run it again.";
    case "insufficient_credits":
      return "Add credits to the provider account, then run it again.";
    case "provider_unauthorized":
      return "Set a valid AIMLAPI_KEY in the deployment, then run it again.";
    case "provider_error":
      return retryable
        ? "Run it again: it may succeed."
        : "Check the provider's dashboard before you run it again, because this job may be billed.";
    case "submission_unknown":
      return "Search the provider's dashboard for the request id in the message before you run it again.";
    case "timed_out":
      return submitted_at === null
        ? "Run it again when fewer generations wait in line."
        : "Check the provider's dashboard before you run it again: the job may still finish there.";
    case "storage_failed":
      return "Download the video from the provider while its link works. Then check the R2 bucket and MAX_VIDEO_BYTES.";
    case "canceled":
      return "";
  }
}

const NOT_BILLED = "Not billed: the provider does not charge for requests that it refuses, or for jobs that fail.";

/** Errors of requests that the provider refused, and of jobs that it let fail. */
const FREE: readonly ErrorCode[] = ["invalid_input", "moderated", "insufficient_credits", "provider_unauthorized"];

/** Whether it is billed. */
export function billing(generation: Ended): string {
  const { mode, submitted_at, error } = generation;
  if (mode === "test") return "Not billed: test mode is free.";
  const { charged } = moneyFacts(generation);
  if (charged !== null) return `Billed: the provider states that it charged ${charged}.`;
  if (FREE.includes(error.code) || (error.code === "provider_error" && error.retryable)) return NOT_BILLED;
  if (error.code === "timed_out" && submitted_at === null) return "Not billed: the provider never accepted it.";
  if (error.code !== "canceled") return "It may be billed: the provider has not stated a price.";
  return submitted_at === null
    ? "Not billed, unless the provider was just accepting it."
    : "It may be billed: the provider cannot stop a job. A price will show here once the provider states it.";
}
