// Checks what callers send against a zod schema, and names every field that is wrong in plain words.

import type { Context } from "hono";
import type * as z from "zod/mini";
import type { FieldError } from "../contract/problems.ts";
import type { WebhookUrlRules } from "../contract/requests.ts";
import type { AppEnv } from "./app-env.ts";
import { readJson } from "./body.ts";
import { webhookUrlRulesOf } from "./origins.ts";
import { invalidRequest } from "./problem.ts";

/** The request's JSON body. @throws Problem that names every field that is wrong. */
export async function readBody<S extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schemaFor: (rules: WebhookUrlRules) => S,
): Promise<z.output<S>> {
  const body = await readJson(c.req);
  return parseOrThrow(schemaFor(webhookUrlRulesOf(c)), body);
}

/** The request's query. @throws Problem that names every parameter that is wrong, or that is given more than once. */
export function readQuery<S extends z.ZodMiniType>(c: Context<AppEnv>, schema: S): z.output<S> {
  const given = [...new URL(c.req.url).searchParams];
  const names = given.map(([name]) => name);
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) < at));
  const errors = Array.from(repeated, (name) => ({ pointer: `/${name}`, message: "must be given only once" }));
  const first = given.filter(([name], at) => names.indexOf(name) === at);
  return parseOrThrow(schema, Object.fromEntries(first), errors);
}

function parseOrThrow<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
  others: readonly FieldError[] = [],
): z.output<S> {
  const { data, errors } = check(schema, value);
  if (data === null || errors.length > 0 || others.length > 0) throw invalidRequest([...errors, ...others]);
  return data;
}

interface Checked<T> {
  /** Null if the value is invalid. */
  readonly data: T | null;
  /** Every field that is wrong. */
  readonly errors: readonly FieldError[];
}

export function check<S extends z.ZodMiniType>(schema: S, value: unknown): Checked<z.output<S>> {
  // With the input, an issue tells a missing field from one of the wrong type.
  const parsed = schema.safeParse(value, { reportInput: true });
  const issues = parsed.success ? [] : parsed.error.issues.flatMap(fieldErrors);
  const named = new Set(issues.map(({ pointer }) => pointer));
  const errors = [...issues, ...protoErrors(value, []).filter(({ pointer }) => !named.has(pointer))];
  return { data: parsed.success ? parsed.data : null, errors };
}

/** JSON may contain this name. zod silently drops it, so it is refused here. */
function protoErrors(value: unknown, path: readonly string[]): FieldError[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "__proto__" && !Array.isArray(value)
      ? [{ pointer: pointerTo([...path, name]), message: "is not allowed as a field name" }]
      : protoErrors(inner, [...path, name]),
  );
}

/** One zod issue can concern several fields. */
function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ pointer: pointerTo([...issue.path, key]), message: "is not a known field" }));
  }
  return [{ pointer: pointerTo(issue.path), message: messageOf(issue) }];
}

/** zod's own messages address developers; these address the API's callers. */
function messageOf(issue: z.core.$ZodIssue): string {
  const units = "origin" in issue ? { string: " characters", array: " items" }[issue.origin as string] : undefined;
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `must ${units === undefined ? "be" : "have"} at least ${issue.minimum}${units ?? ""}`;
    case "too_big":
      return `must ${units === undefined ? "be" : "have"} at most ${issue.maximum}${units ?? ""}`;
    case "invalid_key":
      return issue.issues[0] === undefined ? issue.message : `its name ${messageOf(issue.issues[0])}`;
    case "invalid_union":
      return "options" in issue ? `must be one of ${(issue.options as unknown[]).join(", ")}` : issue.message;
    default:
      return issue.message;
  }
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
