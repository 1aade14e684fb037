// Turns the JSON Schema of a model's input into zod schemas, which check requests and find every error at once. Validators
// that compile a schema to code need `eval`, which Workers forbid.

import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";
import type { InputSchema, SchemaType } from "../core/models/input-schema.ts";
import { PARSING } from "./field-errors.ts";
import type { Handling } from "./handling.ts";
import { mediaUrl } from "./media-url.ts";

export interface InputRules {
  readonly handling: Handling;
  /** Allows file URLs on this machine. Development only. */
  readonly allowLocal: boolean;
}

/** The fields of an input, as the shape of a zod object. */
export function inputFields({ properties = {}, required = [] }: InputSchema, rules: InputRules) {
  const names = new Set([...Object.keys(properties), ...required]);
  return Object.fromEntries(
    Array.from(names, (name) => {
      const type = typeOf(properties[name] ?? {}, rules);
      return [name, required.includes(name) ? type : z.optional(type)] as const;
    }),
  );
}

/** Refuses unknown fields where the schema does, unless handling is lenient. */
export function inputObject<S extends z.core.$ZodLooseShape>(fields: S, isClosed: boolean, { handling }: InputRules) {
  return isClosed && handling === "strict" ? z.strictObject(fields) : z.looseObject(fields);
}

function typeOf(schema: InputSchema, rules: InputRules): z.ZodMiniType {
  const { anyOf } = schema;
  const base = baseOf(schema, rules);
  if (anyOf === undefined || anyOf.length === 0) return base ?? REQUIRED;
  if (base === null) return z.union(anyOf.map((each) => typeOf(each, rules)));
  // The rest of the schema says which fields are known, so that the alternatives need not name all of them.
  const union = z.union(anyOf.map((each) => typeOf(each, { ...rules, handling: "lenient" })));
  return base.check(
    z.check(({ value, issues }) => {
      const parsed = union.safeParse(value, PARSING);
      if (!parsed.success) issues.push(...(parsed.error.issues as z.core.$ZodRawIssue[]));
    }),
  );
}

/** A field that may have any value. */
const REQUIRED = z.unknown().check(z.refine((value) => value !== undefined, "is required"));

/** Everything but `anyOf`. Null if there is nothing else. */
function baseOf(schema: InputSchema, rules: InputRules): z.ZodMiniType | null {
  const { type, enum: values } = schema;
  if (values?.every(isPrimitive)) return z.literal(values);
  const types = type === undefined ? impliedTypes(schema) : [type].flat();
  const alternatives = types.filter((each) => each !== "null").map((each) => simpleType(each, schema, rules));
  const isNullable = types.includes("null");
  const [first, ...others] = alternatives;
  if (first === undefined) return isNullable ? z.null() : null;
  const union = others.length === 0 ? first : z.union(alternatives);
  return isNullable ? z.nullable(union) : union;
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}

function impliedTypes({ properties, required, items }: InputSchema): SchemaType[] {
  if (properties !== undefined || required !== undefined) return ["object"];
  return items === undefined ? [] : ["array"];
}

function simpleType(type: SchemaType, schema: InputSchema, rules: InputRules): z.ZodMiniType {
  switch (type) {
    case "string": {
      const { format, contentMediaType, minLength: least, maxLength: most } = schema;
      const text = format === "uri" ? mediaUrl(contentMediaType, rules.allowLocal) : z.string();
      // A data URI is longer than any limit that is meant for URLs.
      if (format === "uri") return text;
      return text.check(...checks(least, minLength), ...checks(most, maxLength));
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
      const { items, minItems, maxItems } = schema;
      return z
        .array(items === undefined ? z.unknown() : typeOf(items, rules))
        .check(...checks(minItems, minLength), ...checks(maxItems, maxLength));
    }
    case "object": {
      const { additionalProperties: others } = schema;
      const fields = inputFields(schema, rules);
      if (typeof others === "object") return z.catchall(z.object(fields), typeOf(others, rules));
      return inputObject(fields, others === false, rules);
    }
  }
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: InputSchema) {
  return [
    ...checks(minimum, z.minimum),
    ...checks(maximum, z.maximum),
    ...checks(exclusiveMinimum, z.gt),
    ...checks(exclusiveMaximum, z.lt),
    ...checks(multipleOf, z.multipleOf),
  ];
}

function checks<C>(bound: number | undefined, check: (bound: number) => C): C[] {
  return bound === undefined ? [] : [check(bound)];
}
