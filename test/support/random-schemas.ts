// Random schemas of a model's input, and random inputs for them.

import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { InputSchema, SchemaType } from "../../src/core/models/input-schema.ts";

/** Names that occur often, including inherited ones and ones that need escapes in a pointer. */
const name = fc.constantFrom("prompt", "type", "a/b", "~", "", "constructor", "toString", "length", "0");
const anyName = fc.oneof({ weight: 9, arbitrary: name }, fc.constantFrom("__proto__", "webhooks", "model"));

const text = fc.oneof(
  fc.constantFrom("", "a", "abc", "image", "5", "https://example.com/i.png", "data:image/png;base64,AA", "\ud83d"),
  fc.string({ maxLength: 8 }),
);
const number = fc.oneof(fc.constantFrom(0.5, 1e300, 2 ** 60), fc.integer({ min: -3, max: 8 }));
const primitive = fc.oneof(text, number, fc.boolean(), fc.constant(null));

const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    primitive,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(anyName, tie("value")), { maxLength: 5 }).map(objectOf),
  ),
}));

function objectOf(fields: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries(fields);
}

export const anyInput = fc.array(fc.tuple(anyName, anyValue), { maxLength: 6 }).map(objectOf);

const type = fc.constantFrom<SchemaType>("string", "integer", "number", "boolean", "array", "object", "null");
const bound = fc.oneof(fc.integer({ min: -1, max: 6 }), fc.constantFrom(0.1, 1e-300, 1e300));

/** Arbitrary schemas, including contradictory ones. */
export const { schema: anySchema } = fc.letrec<{ schema: InputSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    fc.constant({ type: "string" }),
    fc.record(
      {
        type: fc.oneof(type, fc.array(type, { maxLength: 3 })),
        enum: fc.array(anyValue, { maxLength: 3 }),
        properties: fc.dictionary(anyName, tie("schema"), { maxKeys: 3 }),
        required: fc.array(anyName, { maxLength: 2 }),
        additionalProperties: fc.oneof({ depthSize: "small" }, fc.boolean(), tie("schema")),
        items: fc.oneof({ depthSize: "small" }, fc.constant({}), tie("schema")),
        anyOf: fc.array(tie("schema"), { maxLength: 3 }),
        minLength: bound,
        maxLength: bound,
        minItems: bound,
        maxItems: bound,
        minimum: bound,
        maximum: bound,
        exclusiveMinimum: bound,
        exclusiveMaximum: bound,
        multipleOf: bound,
        format: fc.constantFrom("uri", "uuid"),
        contentMediaType: fc.constantFrom("image/*", "video/mp4", "constructor/*", "x"),
      },
      { requiredKeys: [] },
    ),
  ) as fc.Arbitrary<InputSchema>,
}));

const length = fc.option(fc.integer({ min: 0, max: 3 }), { nil: 0 });

/** Schemas like those of the provider, each with a type. */
export const { object: soundSchema } = fc.letrec<{ schema: InputSchema; object: InputSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    fc.record({ type: fc.constant("string" as const), minLength: length }),
    fc.record({ type: fc.constant("string" as const), maxLength: length }),
    fc.record({
      type: fc.constant("string" as const),
      enum: fc.array(fc.constantFrom("a", "abc", "image"), { minLength: 1 }),
    }),
    fc.record({ type: fc.constantFrom("integer" as const, "number" as const), minimum: number, maximum: number }),
    fc.record({ type: fc.constantFrom("integer" as const, "number" as const), exclusiveMinimum: number }),
    fc.record({
      type: fc.constantFrom<SchemaType | SchemaType[]>("boolean", "null", ["string", "null"], ["integer", "array"]),
    }),
    fc.record({ type: fc.constant("array" as const), items: tie("schema"), minItems: length }),
    fc.record({ type: fc.constant("array" as const), items: tie("schema"), maxItems: length }),
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
    tie("object"),
  ) as fc.Arbitrary<InputSchema>,
  object: fc
    .record({
      type: fc.constant("object" as const),
      properties: fc.dictionary(name, tie("schema"), { maxKeys: 5 }),
      additionalProperties: fc.boolean(),
      required: fc.array(name, { maxLength: 2 }),
      anyOf: fc.option(
        fc.array(fc.record({ required: fc.array(name, { maxLength: 2 }) }), { maxLength: 3, minLength: 1 }),
      ),
    })
    .map(({ properties, required, anyOf, ...rest }) => {
      const known = (names: readonly string[]) => names.filter((each) => Object.hasOwn(properties, each));
      const alternatives = anyOf?.map((each) => ({ required: known(each.required) }));
      return { ...rest, properties, required: known(required), ...(alternatives && { anyOf: alternatives }) };
    }),
}));

/** A value that mostly fits a sound schema. */
export function likely(schema: InputSchema): fc.Arbitrary<JsonValue> {
  const usual = ((): fc.Arbitrary<JsonValue> => {
    const { enum: values, anyOf = [], properties = {}, items } = schema;
    if (values !== undefined && values.length > 0) return fc.constantFrom(...values);
    if (schema.type === "array") return fc.array(likely(items ?? {}), { maxLength: 3 });
    if (schema.type === "object") {
      return fc
        .record(Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, likely(each)])), {
          requiredKeys: [],
        })
        .map((fields) => fields as JsonObject);
    }
    if (anyOf.length > 0) return fc.oneof(...anyOf.map(likely));
    return schema.type === "string" ? text : schema.type === "boolean" ? fc.boolean() : number;
  })();
  return fc.oneof({ weight: 12, arbitrary: usual }, anyValue);
}
