// Turns zod's issues into the field errors of the API, with Reelhook's own messages.

import type * as z from "zod/mini";
import type { FieldError } from "../contract/problem.ts";
import { nearest } from "../core/models/nearest.ts";
import { MAX_ERRORS, pointerTo, repeated } from "./error-limits.ts";
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
    const pointer = pointerTo(path);
    const unknown = `${pointer} ${UNKNOWN}`;
    if (claim.kind === "unknown" && errors.has(unknown)) continue;
    const message = errors.size < MAX_ERRORS ? messageFor(path, claim, ofUnknown) : briefly(claim);
    // Several parts of a schema can refuse a field for the same reason, so the map drops duplicates. A message can
    // quote any text of a schema, even a lone surrogate.
    const key = claim.kind === "unknown" ? unknown : `${pointer} ${message}`;
    errors.set(key, { pointer, message: message.toWellFormed() });
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

/**
 * The messages for the unknown fields of one answer. Each suggests a similar known field. If there is none, the first
 * message about an object lists its known fields, so that the answer does not repeat them.
 */
export function unknownFields(): OfUnknown {
  const listed = new Set<string>();
  return (name, known) => {
    const [meant] = nearest(name, known, 1, { onlyAlike: true });
    if (meant !== undefined) return `${UNKNOWN}; did you mean ${meant}?`;
    const names = listOf(known);
    if (names === "" || listed.has(names)) return UNKNOWN;
    listed.add(names);
    return `${UNKNOWN}; use ${names}`;
  };
}

/** In UTF-16 code units, without the count of the others. */
const MAX_LIST_LENGTH = 200;

/** Such as `url, events and 3 more`. */
function listOf(names: readonly string[]): string {
  const shown: string[] = [];
  let length = 0;
  for (const name of names.map(repeated)) {
    length += name.length + 2;
    if (length > MAX_LIST_LENGTH && shown.length > 0) break;
    shown.push(name);
  }
  const others = names.length - shown.length;
  return `${shown.join(", ")}${others === 0 ? "" : ` and ${others} more`}`;
}
