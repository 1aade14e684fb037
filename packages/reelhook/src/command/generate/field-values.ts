// Reads `--field name=value`: whether the value is JSON or text depends on the model's schema.

import { badOption } from "../deployment-options.ts";

/** @throws CommandError unless the text has a name and a value. */
export function splitField(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf("=");
  if (at < 1) throw badOption(`--field takes name=value, such as --field duration=5, not "${text}".`);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** @param schema of the model's input; null if it is not known. */
export function schemaOf(name: string, schema: unknown): unknown {
  const properties = isObject(schema) ? schema["properties"] : null;
  return isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : null;
}

/**
 * JSON if the value is JSON, unless the schema allows only text, or text but nothing of the value's type: `5` is a number for
 * `duration`, but text for `prompt`.
 */
export function fieldValue(value: string, schema: unknown): unknown {
  const types = typesIn(schema);
  const isText = types?.has("string") ?? false;
  if (isText && types?.size === 1) return value;
  const parsed = parsedJson(value);
  if (parsed === undefined) return value;
  return isText && !types?.has(typeOf(parsed)) ? value : parsed;
}

/** The types that a schema allows, with `integer` as `number`; null if it allows any. */
function typesIn(schema: unknown): ReadonlySet<string> | null {
  if (!isObject(schema)) return null;
  const { type, enum: values, anyOf } = schema;
  if (type !== undefined) return new Set([type].flat().map((each) => (each === "integer" ? "number" : String(each))));
  if (Array.isArray(values)) return new Set(values.map(typeOf));
  if (!Array.isArray(anyOf)) return null;
  const types = anyOf.map(typesIn);
  return types.includes(null) ? null : new Set(types.flatMap((each) => [...(each ?? [])]));
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Undefined if it is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
