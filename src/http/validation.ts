// Checks requests against a zod schema, and for values that no request may contain.

import type { Context } from "hono";
import type * as z from "zod/mini";
import type { FieldError } from "../contract/problem.ts";
import type { WebhookUrlRules } from "../contract/requests.ts";
import type { AppEnv } from "./app-env.ts";
import { MAX_SMALL_BODY_BYTES, withJson } from "./body.ts";
import { pointerTo } from "./error-limits.ts";
import { errorsOf, type OfUnknown, unknownFields } from "./field-errors.ts";
import { webhookUrlRulesOf } from "./origins.ts";
import { invalidRequest } from "./problem.ts";
import { PARSING } from "./zod-issues.ts";

/**
 * The request's JSON body, of up to 256 KiB.
 *
 * @param account shares the memory for bodies with the others.
 * @throws Problem that names every field that is wrong.
 */
export async function readBody<S extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schemaFor: (rules: WebhookUrlRules) => S,
  account = c.get("scope").account,
): Promise<z.output<S>> {
  return withJson(c.req, { maxBytes: MAX_SMALL_BODY_BYTES, account }, (body) => {
    const { data, errors } = check(schemaFor(webhookUrlRulesOf(c)), body);
    if (data === null) throw invalidRequest(errors);
    return data;
  });
}

/**
 * The request's query. A parameter of the schema whose name ends in `.KEY` is a family: it collects the parameters whose
 * names begin like it.
 *
 * @throws Problem that names every parameter that is wrong, unknown, or given more than once.
 */
export function readQuery<S extends z.ZodMiniObject>(c: Context<AppEnv>, schema: S): z.output<S> {
  const { search, searchParams } = new URL(c.req.url);
  const values = Map.groupBy(searchParams, ([name]) => name);
  const first = Array.from(values, ([name, [pair]]) => [name, pair?.[1]] as const);
  const known = Object.keys(schema._zod.def.shape);
  const ofUnknown: OfUnknown = () => `is not a known parameter; use ${known.join(", ")}`;
  const { data, errors } = check(schema, withFamilies(first, known), ofUnknown);
  const repeated = Array.from(values).filter(([, given]) => given.length > 1);
  const others = [
    ...repeated.map(([name]) => ({ pointer: pointerTo([name]), message: "must be given only once" })),
    ...notUtf8(search).map((name) => ({ pointer: pointerTo([name]), message: "is not UTF-8" })),
  ];
  if (data === null || others.length > 0) throw invalidRequest([...errors.map(ofFamily), ...others]);
  return data;
}

/** Moves the members of each family into an object of their own, by what they have in place of `KEY`. */
function withFamilies(parameters: readonly (readonly [string, string | undefined])[], known: readonly string[]) {
  const families = known.filter((name) => name.endsWith(".KEY"));
  const familyOf = (name: string) => families.find((family) => name.startsWith(family.slice(0, -"KEY".length)));
  const members = Map.groupBy(parameters, ([name]) => familyOf(name));
  const collected = families.flatMap((family) => {
    const own = members.get(family)?.map(([name, value]) => [name.slice(family.length - "KEY".length), value] as const);
    return own === undefined ? [] : [[family, Object.fromEntries(own)] as const];
  });
  return Object.fromEntries<unknown>([...(members.get(undefined) ?? []), ...collected]);
}

/** Points to the parameter of a family as the caller has named it. */
function ofFamily({ pointer, message }: FieldError): FieldError {
  return { pointer: pointer.replace(/^(\/\w+\.)KEY\//, "$1"), message };
}

/** Names of the parameters with escapes that are not UTF-8. `URLSearchParams` replaces these bytes with U+FFFD. */
function notUtf8(search: string): string[] {
  return search
    .slice(1)
    .split("&")
    .filter((pair) => !isUtf8(pair))
    .map((pair) => [...new URLSearchParams(pair).keys()].join());
}

function isUtf8(encoded: string): boolean {
  try {
    // A percent sign that does not begin an escape stands for itself.
    decodeURIComponent(encoded.replace(/%(?![0-9a-f]{2})/gi, "%25"));
    return true;
  } catch {
    return false;
  }
}

interface Checked<T> {
  /** Null if the value is invalid. */
  readonly data: T | null;
  /** Every field that is wrong. */
  readonly errors: readonly FieldError[];
}

/** @param ofUnknown message for a field that is not in the schema. */
export function check<S extends z.ZodMiniType>(
  schema: S,
  value: unknown,
  ofUnknown = unknownFields(),
): Checked<z.output<S>> {
  const parsed = schema.safeParse(value, PARSING);
  const issues = parsed.success ? [] : errorsOf(parsed.error.issues, ofUnknown);
  const unsafe = unsafeErrors(value, []);
  const named = new Set(unsafe.map(({ pointer }) => pointer));
  const errors = [...issues.filter(({ pointer }) => !named.has(pointer)), ...unsafe];
  return { data: parsed.success && unsafe.length === 0 ? parsed.data : null, errors };
}

const HALF_A_CHARACTER = "contains a lone surrogate (half of a character)";

/**
 * Errors for values that JSON may contain but that are refused even in unknown fields: text that is not well-formed,
 * which receivers and the provider may refuse; numbers that JavaScript turns into infinity; and `__proto__`, which zod
 * silently drops.
 */
function unsafeErrors(value: unknown, path: readonly string[]): FieldError[] {
  const error = (message: string) => [{ pointer: pointerTo(path), message }];
  if (typeof value === "string") return value.isWellFormed() ? [] : error(HALF_A_CHARACTER);
  if (typeof value === "number") return Number.isFinite(value) ? [] : error("is too large");
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const ofName = Array.isArray(value) ? null : unsafeName(name);
    if (ofName === null) return unsafeErrors(inner, [...path, name]);
    return [{ pointer: pointerTo([...path, name]), message: ofName }];
  });
}

function unsafeName(name: string): string | null {
  if (name === "__proto__") return "is not allowed as a field name";
  return name.isWellFormed() ? null : `its name ${HALF_A_CHARACTER}`;
}
