// Turns zod's issues into findings. zod's own messages are written for developers and are not used.

import type * as z from "zod/mini";
import { explained } from "./alternatives.ts";
import { pointerTo } from "./error-limits.ts";
import type { Claim, Finding } from "./finding.ts";

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

const NOT_VALID = "is not valid";

/**
 * Options for parsing. Each issue then includes its input, and the message of its schema if the schema has one.
 * Otherwise the message carries facts that the issue lacks: the names of the known fields, or that a number must be
 * whole.
 */
export const PARSING = { reportInput: true, error: ({ code, inst }: RawIssue) => MESSAGES[code]?.(inst) ?? NOT_VALID };

type Instance = RawIssue["inst"];

const WHOLE = "integer";

const MESSAGES: Readonly<Record<string, (inst: Instance) => string | null>> = {
  unrecognized_keys: knownFields,
  invalid_type: (inst) => (definition(inst, "format") === "safeint" ? WHOLE : null),
};

/** By schema, because a list can hold thousands of objects with unknown fields. */
const known = new WeakMap<object, string>();

function knownFields(inst: Instance): string {
  const names = inst && known.get(inst);
  if (names !== undefined) return names;
  const json = JSON.stringify(Object.keys(definition(inst, "shape") ?? {}));
  if (inst !== undefined) known.set(inst, json);
  return json;
}

/** The last names that were parsed. The objects of a list mostly have the same fields. */
let lastNames: { readonly json: string; readonly names: readonly string[] } = { json: "[]", names: [] };

function namesIn(json: string): readonly string[] {
  if (lastNames.json !== json) lastNames = { json, names: JSON.parse(json) };
  return lastNames.names;
}

function definition(inst: Instance, name: string): unknown {
  return Reflect.get(inst?._zod.def ?? {}, name);
}

/** @param issues the issues of a value that was parsed with {@link PARSING}. */
export function findingsOf(issues: readonly Issue[]): Finding[] {
  if (!issues.some(isOfRepresentation)) return issues.flatMap(findingsIn);
  // zod also checks that JavaScript can represent a whole number. If the field violates its own limit too, report only
  // that.
  const others = new Set(issues.filter((issue) => !isOfRepresentation(issue)).map(({ path }) => pointerTo(path)));
  return issues.filter((issue) => !isOfRepresentation(issue) || !others.has(pointerTo(issue.path))).flatMap(findingsIn);
}

function isOfRepresentation(issue: Issue): boolean {
  return (
    (issue.code === "too_big" && issue.maximum === Number.MAX_SAFE_INTEGER) ||
    (issue.code === "too_small" && issue.minimum === Number.MIN_SAFE_INTEGER)
  );
}

function findingsIn(issue: Issue): readonly Finding[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const claim: Claim = { kind: "unknown", known: namesIn(issue.message) };
    return issue.keys.map((key) => ({ path: [...path, key], claim }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const found = explained(issue.errors.map(findingsOf));
    return found.map((each) => ({ path: [...path, ...each.path], claim: each.claim }));
  }
  return [{ path, claim: claimOf(issue) }];
}

function claimOf(issue: Issue): Claim {
  switch (issue.code) {
    case "invalid_type":
      return mismatch([], [issue.message === WHOLE ? WHOLE : (TYPES[issue.expected] ?? issue.expected)], issue.input);
    case "invalid_value":
      return mismatch(issue.values, [], issue.input);
    default:
      return { kind: "other", message: messageOf(issue) };
  }
}

/** JSON Schema's names of types that zod names differently. */
const TYPES: Readonly<Record<string, string>> = { int: "integer", record: "object" };

function mismatch(values: readonly unknown[], types: readonly string[], input: unknown): Claim {
  return input === undefined ? { kind: "missing" } : { kind: "mismatch", values, types, input };
}

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case "too_small":
      if (issue.inclusive === false) return `must be more than ${issue.minimum}`;
      return `must ${amount("at least", Number(issue.minimum), issue.origin)}`;
    case "too_big":
      if (issue.inclusive === false) return `must be less than ${issue.maximum}`;
      return `must ${amount("at most", Number(issue.maximum), issue.origin)}`;
    case "invalid_key":
      return `its name ${issue.issues[0] === undefined ? NOT_VALID : messageOf(issue.issues[0])}`;
    default:
      return issue.message;
  }
}

function amount(bound: "at least" | "at most", count: number, origin: string): string {
  const unit = { string: "character", array: "item" }[origin];
  return unit === undefined ? `be ${bound} ${count}` : `have ${bound} ${count} ${unit}${count === 1 ? "" : "s"}`;
}
