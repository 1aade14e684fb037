// How a generation's webhook deliveries went, in words.

import type { GenerationSummary } from "../../contract/generation.ts";

interface CallbackWords {
  /** Such as `2 of 3 delivered`. */
  readonly text: string;
  /** What remains, such as `1 retrying`; empty if nothing does. */
  readonly rest: string;
  readonly outcome: "delivered" | "pending" | "failed";
}

/** Null if there are no deliveries, or if they are not known. */
export function callbackWords(counts: GenerationSummary["deliveries"]): CallbackWords | null {
  if (counts === null) return null;
  const { delivered, pending, failed } = counts;
  const all = delivered + pending + failed;
  if (all === 0) return null;
  const outcome = failed > 0 ? "failed" : pending > 0 ? "pending" : "delivered";
  // Nothing has come of any of them yet, so these may be first attempts.
  if (pending === all) return { text: `${pending} under way`, rest: "", outcome };
  const text = delivered === all ? `${delivered} delivered` : `${delivered} of ${all} delivered`;
  const rest = [
    [pending, "retrying"],
    [failed, "failed"],
  ] as const;
  const told = rest.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return { text, rest: told.join(", "), outcome };
}
