// Deleting the video from R2: after a deletion, and after a copy that was ended may have left something there.

import { withGeneration } from "./draft.ts";
import type { Rule } from "./rule.ts";

/** After R2 did not answer. */
export const DELETE_RETRY_MS = 10 * 60_000;

export const purge: Rule<"purge"> = {
  leaseMs: 60_000,

  entries: ({ generation: { purgeAt } }) => (purgeAt === null ? [] : [{ at: purgeAt, action: { kind: "purge" } }]),

  settle(draft, { result }, { now }) {
    const { generation } = draft;
    if (result.kind === "unavailable") return withGeneration(draft, { ...generation, purgeAt: now + DELETE_RETRY_MS });
    return withGeneration(draft, { ...generation, purgeAt: null, openUpload: null });
  },
};
