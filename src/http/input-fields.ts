// Turns the JSON Schema of a model's input into zod schemas, which find every error at once. Validators that compile a
// schema to code need `eval`, which Workers forbid.
//
// A nonsensical schema must not make a model unusable. Bounds that no value can meet are dropped where the schema is
// read (providers/schema-bounds.ts). Here, if no value of an `enum` has the schema's type, the type is ignored.

import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";
import { DATA_URI } from "../core/data-uri.ts";
import type { InputSchema, SchemaType } from "../core/models/input-schema.ts";
import type { Handling } from "./handling.ts";
import { eachItem, eachOtherField } from "./many-values.ts";
import { mediaUrl } from "./media-url.ts";
import { PARSING } from "./zod-issues.ts";

export interface InputRules {
  /** Whether unknown fields that the schema refuses are errors. */
  readonly handling: Handling;
  /** Also allows `http:` URLs on this machine. For development only. */
  readonly allowLocal: boolean;
}

/**
 * A body with the input of a model and other fields side by side.
 *
 * @param schema the model's input.
 * @param others the other fields. They take precedence over fields of the model with the same name.
 */
export function bodyWithInput<S extends z.core.$ZodLooseShape>(schema: InputSchema, others: S, rules: InputRules) {
  const { properties = {}, additionalProperties = !isClosedByAll(schema) } = schema;
  const input = withoutFields({ ...schema, properties, additionalProperties }, others);
  const names = Object.keys(others);
  return z.looseObject(others).check(alsoOf(withAlternatives(objectType(input, rules, names), input, rules)));
}

/** Whether only the alternatives name fields, and each refuses unknown ones. */
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

/** Any value, but it must be present. */
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

/** Checks a value against one more type. */
function alsoOf(type: z.ZodMiniType) {
  return z.check<unknown>(
    ({ value, issues }) => {
      const parsed = type.safeParse(value, PARSING);
      if (!parsed.success) issues.push(...(parsed.error.issues as z.core.$ZodRawIssue[]));
    },
    // Run it even if fields are invalid, to find all errors. Skip it if the value itself is.
    { when: ({ issues }) => issues.every(isOfField) },
  );
}

function isOfField({ code, path = [] }: z.core.$ZodRawIssue): boolean {
  return path.length > 0 || code === "unrecognized_keys";
}

/**
 * Whether a schema names fields itself. Its alternatives then accept them too: often they say only which fields belong
 * together.
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
  const listed = [...texts];
  return ANYTHING.check(
    z.check(({ value, issues }) => {
      if (!texts.has(canonical(value))) issues.push({ code: "invalid_value", values: listed, input: value });
    }),
  );
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}

/** JSON with sorted names, to compare values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (isPrimitive(inner) || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** The type without `enum` and `anyOf`. Null if the schema has no other keyword that is checked. */
function plainType(schema: InputSchema, rules: InputRules): z.ZodMiniType | null {
  const types = typesOf(schema);
  if (types.length === 0) return null;
  const others = types.filter((type) => type !== "null");
  if (others.length === 0) return z.null();
  const union = unionOf(others.map((type) => simpleType(type, schema, rules)));
  return types.includes("null") ? z.nullable(union) : union;
}

const ALL_TYPES: readonly SchemaType[] = ["string", "number", "boolean", "array", "object", "null"];

/** The types that the schema names, or otherwise those that its keywords apply to. */
function typesOf(schema: InputSchema): readonly SchemaType[] {
  const named = schema.type === undefined ? [] : [schema.type].flat();
  if (named.length > 0) return named;
  const implied = (Object.keys(KEYWORDS) as (keyof typeof KEYWORDS)[]).filter((type) =>
    KEYWORDS[type].some((keyword) => schema[keyword] !== undefined && schema[keyword] !== true),
  );
  // The alternatives may have other types, which these keywords do not restrict.
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
      if (format === "uri") return mediaUrl(contentMediaType, rules.allowLocal).check(...checks(most, maxUrlLength));
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
      const lengths = [...checks(minItems, minLength), ...checks(maxItems, maxLength)];
      return z.array(z.unknown()).check(eachItem(typeOf(items, rules)), ...lengths);
    }
    case "object":
      return objectType(schema, rules);
  }
}

/** A data URI is longer than any limit that is meant for URLs. */
function maxUrlLength(maximum: number) {
  return z.check<string>(({ value, issues }) => {
    if (DATA_URI.test(value) || value.length <= maximum) return;
    issues.push({ code: "too_big", origin: "string", maximum, inclusive: true, input: value });
  });
}

/** @param others names of further fields, which are checked elsewhere. */
function objectType(schema: InputSchema, rules: InputRules, others: readonly string[] = []): z.ZodMiniType {
  const { required = [], additionalProperties } = schema;
  const properties = new Map(Object.entries(schema.properties ?? {}));
  const names = new Set([...properties.keys(), ...required, ...(isOpen(schema) ? alternativeNames(schema) : [])]);
  const fields = Array.from(names, (name) => {
    const type = typeOf(properties.get(name) ?? {}, rules);
    return [name, withoutInherited(name, required.includes(name) ? type : z.optional(type))] as const;
  });
  const shape = Object.fromEntries([...fields, ...others.map((name) => [name, z.optional(z.unknown())] as const)]);
  if (typeof additionalProperties === "object") {
    return z.looseObject(shape).check(eachOtherField(typeOf(additionalProperties, rules), new Set(Object.keys(shape))));
  }
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

/**
 * zod also reads inherited properties such as `toString`. They are functions, which JSON cannot contain, so these are
 * ignored.
 */
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
