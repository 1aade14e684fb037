// A summary as callers see it, in lists and in the event stream of a scope.

import type { GenerationSummary } from "../../contract/generation.ts";
import { moneyView } from "../money/view.ts";
import { cutText } from "../text.ts";
import { iso } from "../times.ts";
import type { Summary } from "./action.ts";

/** In UTF-16 code units. The contract has the same limit. */
const MAX_LISTED_PROMPT_LENGTH = 200;

type Shown = Pick<
  Summary,
  "id" | "status" | "model" | "createdAt" | "prompt" | "error" | "deliveries" | "estimate" | "usage"
>;

type SummaryView<S extends Shown> = Omit<GenerationSummary, "status" | "mode" | "video" | "queue"> & Pick<S, "status">;

/** Without what only a list has: the mode, the video and the place in line. */
export function summaryView<S extends Shown>(summary: S): SummaryView<S> {
  const { id, status, model, createdAt, prompt, error, deliveries, ...money } = summary;
  return {
    id,
    object: "generation",
    status,
    model,
    prompt: prompt === null ? null : cutText(prompt, MAX_LISTED_PROMPT_LENGTH),
    created_at: iso(createdAt),
    error: error === null ? null : { code: error },
    deliveries,
    ...moneyView(money),
  };
}
