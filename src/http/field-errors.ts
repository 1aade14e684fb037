// Turns the issues of zod into the field errors of the API, with messages of our own.

import type * as z from "zod/mini";
import type { FieldError } from "../contract/problems.ts";
import { pointerTo } from "./error-limits.ts";

type Issue = z.core.$ZodIssue;

/**
 * @param issues issues of a value that was parsed with {@link PARSING}.
 * @param ofUnknown message for a field that is not in the schema.
 */
export function errorsOf(issues: readonly Issue[], ofUnknown: string): FieldError[] {
  const errors = issues.map((issue) => {
    // One zod issue can concern several fields.
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const message = issue.code === "unrecognized_keys" ? ofUnknown : messageOf(issue);
    return paths.map((path) => ({ pointer: pointerTo(path), message }));
  });
  // zod also checks that JavaScript can represent a whole number. If the field's own limit fails too, report only that.
  const others = errors.filter((_, at) => !isOfRepresentation(issues[at])).flat();
  const pointers = new Set(others.map(({ pointer }) => pointer));
  return errors.flatMap((each, at) =>
    isOfRepresentation(issues[at]) ? each.filter(({ pointer }) => !pointers.has(pointer)) : each,
  );
}

function isOfRepresentation(issue: Issue | undefined): boolean {
  return (
    (issue?.code === "too_big" && issue.maximum === Number.MAX_SAFE_INTEGER) ||
    (issue?.code === "too_small" && issue.minimum === Number.MIN_SAFE_INTEGER)
  );
}

/** Replaces zod's messages, which are written for developers, with messages for the callers of the API. */
function messageOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is required"
        : `must be ${TYPES[issue.expected] ?? `of type ${issue.expected}`}`;
    case "invalid_value":
      return issue.input === undefined ? "is required" : `must be ${listed(issue.values, issue.input)}`;
    case "too_small":
      return `must ${amount("at least", Number(issue.minimum), issue.origin)}`;
    case "too_big":
      return `must ${amount("at most", Number(issue.maximum), issue.origin)}`;
    case "invalid_key":
      return `its name ${issue.issues[0] === undefined ? NOT_VALID : messageOf(issue.issues[0])}`;
    case "invalid_union":
      return "options" in issue ? `must be one of ${(issue.options as unknown[]).join(", ")}` : NOT_VALID;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

const NOT_VALID = "is not valid";

/** Options for parsing: each issue includes its input, and the message of its schema or else {@link NOT_VALID}. */
export const PARSING = { reportInput: true, error: () => NOT_VALID } as const;

/** Names of types for messages, where zod's name would be unclear. */
const TYPES: Readonly<Record<string, string>> = { int: "a whole number", record: "of type object" };

function listed(values: readonly unknown[], input: unknown): string {
  const areNumbers = typeof input !== "number" && values.every((value) => typeof value === "number");
  const one = areNumbers ? "the number " : "";
  const several = areNumbers ? "one of the numbers " : "one of ";
  return `${values.length === 1 ? one : several}${values.map(String).join(", ")}`;
}

function amount(bound: "at least" | "at most", count: number, origin: string): string {
  const unit = { string: "character", array: "item" }[origin];
  return unit === undefined ? `be ${bound} ${count}` : `have ${bound} ${count} ${unit}${count === 1 ? "" : "s"}`;
}
