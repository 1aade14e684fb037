// Turns zod's issues into the field errors of the API, with Reelhook's own messages.

import type * as z from "zod/mini";
import type { FieldError } from "../contract/problems.ts";
import { nearest } from "../core/models/nearest.ts";
import { MAX_ERRORS, pointerTo } from "./error-limits.ts";
import { type Claim, type Finding, wordsOf } from "./finding.ts";
import { findingsOf } from "./zod-issues.ts";

/** The message for a field that is not in the schema, which has the fields `known`. */
export type OfUnknown = (name: string, known: readonly string[]) => string;

/**
 * @param issues issues of a value that was parsed with `PARSING`.
 * @param ofUnknown called only for as many errors as an answer has room for.
 * @returns every error. Errors that an answer has no room for have a short message.
 */
export function errorsOf(issues: readonly z.core.$ZodIssue[], ofUnknown: OfUnknown): FieldError[] {
  const errors = new Map<string, FieldError>();
  for (const { path, claim } of findingsOf(issues)) {
    const message = errors.size < MAX_ERRORS ? messageFor(path, claim, ofUnknown) : briefly(claim);
    const pointer = pointerTo(path);
    // Several parts of a schema can refuse a field for the same reason, so the map drops duplicates. A message can
    // quote any text of a schema, even a lone surrogate.
    errors.set(`${pointer} ${message}`, { pointer, message: message.toWellFormed() });
  }
  return [...errors.values()];
}

function messageFor(path: Finding["path"], claim: Claim, ofUnknown: OfUnknown): string {
  return claim.kind === "unknown" ? ofUnknown(String(path.at(-1)), claim.known) : wordsOf(claim);
}

/** The message of an error that an answer has no room for. Thousands of long messages would take seconds. */
function briefly({ kind }: Claim): string {
  return kind === "unknown" ? UNKNOWN : "is not valid";
}

const UNKNOWN = "is not a known field";

/** The message for an unknown field, with a suggestion if a known field is similar. */
export function unknownField(name: string, known: readonly string[]): string {
  const [meant] = nearest(name, known, 1, { onlyAlike: true });
  return meant === undefined ? UNKNOWN : `${UNKNOWN}; did you mean ${meant}?`;
}
