// Checks the items of a list, and the fields of an object that its schema does not name. A request can have thousands of
// them, and each can be wrong in thousands of ways if the schema is hostile. All errors together would not fit into the
// memory of an isolate, so these checks stop once there are more errors than an answer names.

import * as z from "zod/mini";
import { MAX_ERRORS } from "./error-limits.ts";
import { PARSING } from "./zod-issues.ts";

export function eachItem(type: z.ZodMiniType) {
  return z.check<unknown[]>(({ value, issues }) => addIssues(value.entries(), type, issues));
}

/** @param names of the fields that are checked elsewhere. */
export function eachOtherField(type: z.ZodMiniType, names: ReadonlySet<string>) {
  return z.check<Record<string, unknown>>(
    ({ value, issues }) => {
      const others = Object.entries(value).filter(([name]) => !names.has(name));
      addIssues(others, type, issues);
    },
    // Run it even if named fields are invalid, to find all errors.
    { when: ({ issues }) => issues.every(({ path = [] }) => path.length > 0) },
  );
}

function addIssues(
  values: Iterable<readonly [PropertyKey, unknown]>,
  type: z.ZodMiniType,
  issues: z.core.$ZodRawIssue[],
): void {
  for (const [at, value] of values) {
    const parsed = type.safeParse(value, PARSING);
    if (parsed.success) continue;
    const found = parsed.error.issues.map((issue) => ({ ...issue, path: [at, ...issue.path] }));
    issues.push(...(found as z.core.$ZodRawIssue[]));
    if (issues.length > MAX_ERRORS) return;
  }
}
