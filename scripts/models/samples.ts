// Makes valid inputs from a schema.

import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { InputSchema, SchemaType } from "../../src/core/models/input-schema.ts";

/** `least`: only required fields. `full`: every field, and an item in each list. */
export type Amount = "least" | "full";

/** A value that fits the schema. If it has alternatives, the first is used. */
export function sampleOf(schema: InputSchema, amount: Amount): JsonValue {
  const [first] = withoutAlternatives(schema);
  if (first !== undefined) return sampleOf(first, amount);
  const [value] = schema.enum ?? [];
  if (value !== undefined) return value;
  switch (typeOf(schema)) {
    case "integer":
    case "number":
      return numberFor(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return listFor(schema, amount);
    case "object":
      return fieldsFor(schema, amount);
    default:
      return textFor(schema);
  }
}

/** The first type that the schema names or that its keywords apply to. Null: any type. */
function typeOf({ type, properties, required, items }: InputSchema): SchemaType | null {
  const [named] = type === undefined ? [] : [type].flat();
  if (named !== undefined) return named;
  if (properties !== undefined || required !== undefined) return "object";
  return items === undefined ? null : "array";
}

/** The schema merged with each of its alternatives in turn. Empty if it has none. */
export function withoutAlternatives({ anyOf = [], ...rest }: InputSchema): InputSchema[] {
  return anyOf.map((alternative) => {
    const both = { ...rest, ...alternative };
    const required = [...new Set([...(rest.required ?? []), ...(alternative.required ?? [])])];
    const properties = { ...rest.properties, ...alternative.properties };
    return {
      ...both,
      ...(required.length === 0 ? {} : { required }),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(rest.additionalProperties === undefined ? {} : { additionalProperties: rest.additionalProperties }),
    };
  });
}

const ADDRESSES: Readonly<Record<string, string>> = {
  image: "https://example.com/image.png",
  video: "https://example.com/video.mp4",
  audio: "https://example.com/sound.mp3",
};

function textFor({ format, contentMediaType = "", minLength = 0, maxLength = 1 }: InputSchema): string {
  if (format === "uri") return ADDRESSES[contentMediaType.split("/")[0] ?? ""] ?? "https://example.com/file";
  return "a".repeat(Math.max(minLength, Math.min(1, maxLength)));
}

function numberFor(schema: InputSchema): number {
  const { type, minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const step = schema.multipleOf ?? (type === "integer" ? 1 : 0);
  const least = Math.max(minimum ?? Number.NEGATIVE_INFINITY, above ?? Number.NEGATIVE_INFINITY);
  const most = Math.min(maximum ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
  if (step > 0) {
    const first = Number.isFinite(least) ? Math.ceil(least / step) : Math.min(1, Math.floor(most / step));
    return (first * step === above ? first + 1 : first) * step;
  }
  if (Number.isFinite(least) && Number.isFinite(most)) return (least + most) / 2;
  return Number.isFinite(least) ? least + 1 : Math.min(1, most - 1);
}

function listFor({ items = {}, minItems = 0, maxItems = 1 }: InputSchema, amount: Amount): JsonValue[] {
  const length = Math.max(minItems, amount === "full" ? Math.min(1, maxItems) : 0);
  return Array.from({ length }, () => sampleOf(items, amount));
}

function fieldsFor({ properties = {}, required = [] }: InputSchema, amount: Amount): JsonObject {
  const schemas = new Map(Object.entries(properties));
  const names = amount === "full" ? new Set([...schemas.keys(), ...required]) : required;
  return Object.fromEntries(Array.from(names, (name) => [name, sampleOf(schemas.get(name) ?? {}, amount)]));
}
