// An error in one field before it is put into words. In this form, the errors of several alternatives can be merged.

export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly claim: Claim;
}

export type Claim =
  | { readonly kind: "missing" }
  /** The value must be one of `values` or of one of `types`, which are names of JSON Schema types. */
  | {
      readonly kind: "mismatch";
      readonly values: readonly unknown[];
      readonly types: readonly string[];
      readonly input: unknown;
    }
  /** An object needs the fields of one of these groups and has none of them in full. */
  | { readonly kind: "needs"; readonly groups: readonly (readonly string[])[] }
  /** The field is not in the schema, which has the fields `known`. */
  | { readonly kind: "unknown"; readonly known: readonly string[] }
  | { readonly kind: "other"; readonly message: string };

/** The message for callers. Messages for unknown fields differ between routes: see `OfUnknown`. */
export function wordsOf(claim: Exclude<Claim, { kind: "unknown" }>): string {
  switch (claim.kind) {
    case "missing":
      return "is required";
    case "mismatch":
      return `must be ${[...oneOf(claim.values, claim.input), ...ofType(claim.types)].join(", or ")}`;
    case "needs":
      return `needs ${alternatives(claim.groups)}`;
    case "other":
      return claim.message;
  }
}

function oneOf(values: readonly unknown[], input: unknown): string[] {
  const [first, ...others] = values.map(shown);
  if (first === undefined) return [];
  const areNumbers = typeof input !== "number" && values.every((value) => typeof value === "number");
  if (others.length === 0) return [areNumbers ? `the number ${first}` : first];
  return [`one of ${areNumbers ? "the numbers " : ""}${[first, ...others].join(", ")}`];
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Types with a phrase that reads better than `of type …`. */
const PHRASES: Readonly<Record<string, string>> = { integer: "a whole number" };

function ofType(types: readonly string[]): string[] {
  const [only, ...others] = types;
  if (only === undefined) return [];
  return [others.length === 0 ? (PHRASES[only] ?? `of type ${only}`) : `of type ${joinWithOr(types)}`];
}

function alternatives(groups: readonly (readonly string[])[]): string {
  const simple = groups.every(({ length }) => length === 1);
  if (simple) return joinWithOr(groups.flat());
  const [last = "", ...others] = groups.map((names) => names.join(" and ")).reverse();
  return `${others.reverse().join(", ")}, or ${last}`;
}

/** `a`, `a or b`, `a, b or c`. */
export function joinWithOr(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " or $1");
}
