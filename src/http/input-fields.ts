// Turns the JSON Schema of a model's input into zod schemas, which check requests and find every error at once. Validators
// that compile a schema to code need `eval`, which Workers forbid.
//
// A schema that makes no sense must not stop anybody from using the model. Bounds that nothing can meet are left out where
// the schema is read (providers/schema-bounds.ts). Here, if no value of an `enum` is of the schema's type, all are allowed.

import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";
import type { InputSchema, SchemaType } from "../core/models/input-schema.ts";
import type { Handling } from "./handling.ts";
import { mediaUrl } from "./media-url.ts";
import { PARSING } from "./zod-issues.ts";

export interface InputRules {
  /** What to do with unknown fields where the schema refuses them. */
  readonly handling: Handling;
  /** Allows file URLs on this machine. Development only. */
  readonly allowLocal: boolean;
}

/**
 * A body that holds the input of a model beside fields that are not the model's.
 *
 * @param schema the model's input.
 * @param others the other fields. A field of the model that has the name of one of them is not checked.
 */
export function bodyWithInput<S extends z.core.$ZodLooseShape>(schema: InputSchema, others: S, rules: InputRules) {
  const { properties = {}, additionalProperties = !isClosedByAll(schema) } = schema;
  const input = withoutFields({ ...schema, properties, additionalProperties }, others);
  const names = Object.keys(others);
  return z.looseObject(others).check(alsoOf(withAlternatives(objectType(input, rules, names), input, rules)));
}

/** Only the alternatives say which fields there are. */
function isClosedByAll({ properties, anyOf = [] }: InputSchema): boolean {
  return properties === undefined && anyOf.length > 0 && anyOf.every((each) => each.additionalProperties === false);
}

function withoutFields({ properties, required, anyOf, ...rest }: InputSchema, names: object): InputSchema {
  const isOther = (name: string) => !Object.hasOwn(names, name);
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isOther(name))) }),
    ...(required && { required: required.filter(isOther) }),
    ...(anyOf && { anyOf: anyOf.map((each) => withoutFields(each, names)) }),
  };
}

function typeOf(schema: InputSchema, rules: InputRules): z.ZodMiniType {
  const { anyOf = [] } = schema;
  const base = withValues(plainType(schema, rules), schema);
  if (base !== null) return withAlternatives(base, schema, rules);
  return anyOf.length === 0 ? ANYTHING : unionOf(anyOf.map((each) => typeOf(each, rules)));
}

/** Any value, but not none. */
const ANYTHING = z.unknown().check(
  z.check(({ value, issues }) => {
    if (value === undefined) issues.push({ code: "invalid_type", expected: "any", input: value });
  }),
);

function unionOf(types: readonly z.ZodMiniType[]): z.ZodMiniType {
  const [first = ANYTHING, ...others] = types;
  return others.length === 0 ? first : z.union(types);
}

/** Adds `anyOf`. */
function withAlternatives(base: z.ZodMiniType, schema: InputSchema, rules: InputRules): z.ZodMiniType {
  const { anyOf = [] } = schema;
  if (anyOf.length === 0) return base;
  const alternatives = anyOf.map((each) => typeOf(isOpen(schema) ? opened(each) : each, rules));
  return base.check(alsoOf(unionOf(alternatives)));
}

/** Checks a value by one more type. */
function alsoOf(type: z.ZodMiniType) {
  return z.check<unknown>(
    ({ value, issues }) => {
      const parsed = type.safeParse(value, PARSING);
      if (!parsed.success) issues.push(...(parsed.error.issues as z.core.$ZodRawIssue[]));
    },
    // Errors of fields are no reason to hide others.
    { when: ({ issues }) => issues.every(isOfField) },
  );
}

function isOfField({ code, path = [] }: z.core.$ZodRawIssue): boolean {
  return path.length > 0 || code === "unrecognized_keys";
}

/**
 * Whether the fields of a schema are fields of its alternatives, too. These may then say nothing but which of the fields
 * belong together.
 */
function isOpen({ properties }: InputSchema): boolean {
  return properties !== undefined;
}

function opened({ anyOf, ...rest }: InputSchema): InputSchema {
  return { ...rest, additionalProperties: true, ...(anyOf && { anyOf: anyOf.map(opened) }) };
}

/** Adds `enum`. */
function withValues(base: z.ZodMiniType | null, { enum: values = [] }: InputSchema): z.ZodMiniType | null {
  if (values.length === 0) return base;
  const fitting = base === null ? values : values.filter((value) => base.safeParse(value).success);
  const allowed = fitting.length === 0 ? values : fitting;
  if (allowed.every(isPrimitive)) return z.literal(allowed);
  const texts = new Set(allowed.map(canonical));
  return ANYTHING.check(
    z.check(({ value, issues }) => {
      if (!texts.has(canonical(value))) issues.push({ code: "invalid_value", values: [...texts], input: value });
    }),
  );
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}

/** JSON with sorted names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (isPrimitive(inner) || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** Everything but `enum` and `anyOf`. Null if there is nothing else. */
function plainType(schema: InputSchema, rules: InputRules): z.ZodMiniType | null {
  const types = typesOf(schema);
  if (types.length === 0) return null;
  const others = types.filter((type) => type !== "null");
  if (others.length === 0) return z.null();
  const union = unionOf(others.map((type) => simpleType(type, schema, rules)));
  return types.includes("null") ? z.nullable(union) : union;
}

const ALL_TYPES: readonly SchemaType[] = ["string", "number", "boolean", "array", "object", "null"];

/** The types that the schema names, or else those that its keywords are about. */
function typesOf(schema: InputSchema): readonly SchemaType[] {
  const named = schema.type === undefined ? [] : [schema.type].flat();
  if (named.length > 0) return named;
  const implied = (Object.keys(KEYWORDS) as (keyof typeof KEYWORDS)[]).filter((type) =>
    KEYWORDS[type].some((keyword) => schema[keyword] !== undefined && schema[keyword] !== true),
  );
  // Alternatives may be of other types, which these keywords then leave alone.
  return implied.length > 0 && schema.anyOf !== undefined ? ALL_TYPES : implied;
}

const KEYWORDS = {
  string: ["minLength", "maxLength", "format", "contentMediaType"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  array: ["items", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
} as const satisfies Readonly<Record<string, readonly (keyof InputSchema)[]>>;

function simpleType(type: SchemaType, schema: InputSchema, rules: InputRules): z.ZodMiniType {
  switch (type) {
    case "string": {
      const { format, contentMediaType, minLength: least, maxLength: most } = schema;
      // A data URI is longer than any limit that is meant for URLs.
      if (format === "uri") return mediaUrl(contentMediaType, rules.allowLocal);
      return z.string().check(...checks(least, minLength), ...checks(most, maxLength));
    }
    case "integer":
      return z.int().check(...bounds(schema));
    case "number":
      return z.number().check(...bounds(schema));
    case "boolean":
      return z.boolean();
    case "null":
      return z.null();
    case "array": {
      const { items = {}, minItems, maxItems } = schema;
      return z.array(typeOf(items, rules)).check(...checks(minItems, minLength), ...checks(maxItems, maxLength));
    }
    case "object":
      return objectType(schema, rules);
  }
}

/** @param others names of fields that are not the schema's and are checked elsewhere. */
function objectType(schema: InputSchema, rules: InputRules, others: readonly string[] = []): z.ZodMiniType {
  const { required = [], additionalProperties } = schema;
  const properties = new Map(Object.entries(schema.properties ?? {}));
  const names = new Set([...properties.keys(), ...required, ...(isOpen(schema) ? alternativeNames(schema) : [])]);
  const fields = Array.from(names, (name) => {
    const type = typeOf(properties.get(name) ?? {}, rules);
    return [name, withoutInherited(name, required.includes(name) ? type : z.optional(type))] as const;
  });
  const shape = Object.fromEntries([...fields, ...others.map((name) => [name, z.optional(z.unknown())] as const)]);
  if (typeof additionalProperties === "object") return z.catchall(z.object(shape), typeOf(additionalProperties, rules));
  return additionalProperties === false && rules.handling === "strict" ? z.strictObject(shape) : z.looseObject(shape);
}

/** Names of fields that only alternatives name. */
function alternativeNames({ anyOf = [] }: InputSchema): string[] {
  return anyOf.flatMap((each) => [
    ...Object.keys(each.properties ?? {}),
    ...(each.required ?? []),
    ...alternativeNames(each),
  ]);
}

/** zod also reads what objects inherit, such as `toString`. What is inherited is a function, which JSON cannot hold. */
function withoutInherited(name: string, type: z.ZodMiniType): z.ZodMiniType {
  if (!(name in Object.prototype)) return type;
  return z.pipe(
    z.transform((value) => (typeof value === "function" ? undefined : value)),
    type,
  );
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: InputSchema) {
  return [
    ...checks(minimum, z.minimum),
    ...checks(maximum, z.maximum),
    ...checks(exclusiveMinimum, z.gt),
    ...checks(exclusiveMaximum, z.lt),
    ...checks(multipleOf, isMultiple),
  ];
}

/** zod's own check throws for very small steps. */
function isMultiple(step: number) {
  const isWhole = (value: number) => !(Math.abs(value / step - Math.round(value / step)) > 1e-9);
  return z.refine<number>(isWhole, `must be a multiple of ${step}`);
}

function checks<C>(bound: number | undefined, check: (bound: number) => C): C[] {
  return bound === undefined ? [] : [check(bound)];
}
