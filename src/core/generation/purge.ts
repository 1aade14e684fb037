// Deletes the video from R2, after a deletion and after an aborted copy that may have left an object behind.

import { withGeneration } from "./draft.ts";
import type { Rule } from "./rule.ts";

/** Wait before retrying a deletion that R2 did not confirm. */
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
