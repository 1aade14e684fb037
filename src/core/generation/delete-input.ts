// Deletes the staged input from R2 once the submission is decided.

import { isUndecided } from "./at-provider.ts";
import { withGeneration } from "./draft.ts";
import { DELETE_RETRY_MS } from "./purge.ts";
import type { Rule } from "./rule.ts";

export const deleteInput: Rule<"delete-input"> = {
  leaseMs: 60_000,

  entries({ generation }) {
    const { stagedInput } = generation;
    if (stagedInput === null || isUndecided(generation)) return [];
    return [{ at: stagedInput.deleteAt, action: { kind: "delete-input", key: stagedInput.key } }];
  },

  settle(draft, { result }, { now }) {
    const { generation } = draft;
    const { stagedInput } = generation;
    if (stagedInput === null) return draft;
    const deleteAt = now + DELETE_RETRY_MS;
    const left = result.kind === "done" ? null : { ...stagedInput, deleteAt };
    return withGeneration(draft, { ...generation, stagedInput: left });
  },
};
