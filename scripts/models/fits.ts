// Tests whether a value fits a schema, by the rules of JSON Schema. The Worker is tested against it, so they share no code.

import type { JsonValue } from "../../src/core/json.ts";
import type { InputSchema, SchemaType } from "../../src/core/models/input-schema.ts";

/** @param isLenient allows unknown fields everywhere. */
export function fits(value: JsonValue, schema: InputSchema, isLenient = false): boolean {
  const { type, enum: values, anyOf } = schema;
  if (type !== undefined && ![type].flat().some((each) => isOf(value, each))) return false;
  if (values !== undefined && !values.some((each) => JSON.stringify(each) === JSON.stringify(value))) return false;
  if (anyOf !== undefined && !anyOf.some((each) => fits(value, each, isLenient))) return false;
  if (typeof value === "string") return fitsText(value, schema);
  if (typeof value === "number") return fitsNumber(value, schema);
  if (Array.isArray(value)) return fitsList(value, schema, isLenient);
  return typeof value !== "object" || value === null || fitsFields(new Map(Object.entries(value)), schema, isLenient);
}

function isOf(value: JsonValue, type: SchemaType): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function fitsText(text: string, { format, minLength, maxLength }: InputSchema): boolean {
  if (format !== "uri") return isWithin(text.length, minLength, maxLength);
  // A data URI can have any length.
  return text.startsWith("data:") || (text.startsWith("https://") && isWithin(text.length, undefined, maxLength));
}

function fitsNumber(value: number, schema: InputSchema): boolean {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf: step } = schema;
  if ((above !== undefined && value <= above) || (below !== undefined && value >= below)) return false;
  const steps = step === undefined ? 0 : value / step;
  return isWithin(value, minimum, maximum) && Math.abs(steps - Math.round(steps)) < 1e-9;
}

function fitsList(list: readonly JsonValue[], { items = {}, minItems, maxItems }: InputSchema, isLenient: boolean) {
  return isWithin(list.length, minItems, maxItems) && list.every((each) => fits(each, items, isLenient));
}

function fitsFields(fields: ReadonlyMap<string, JsonValue>, schema: InputSchema, isLenient: boolean): boolean {
  const { properties = {}, required = [], additionalProperties: others = true } = schema;
  const known = new Map(Object.entries(properties));
  const ofOthers = typeof others === "object" ? others : {};
  return (
    required.every((name) => fields.has(name)) &&
    [...fields].every(([name, value]) => {
      const own = known.get(name);
      if (own === undefined && others === false && !isLenient) return false;
      return fits(value, own ?? ofOthers, isLenient);
    })
  );
}

function isWithin(value: number, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): boolean {
  return value >= least && value <= most;
}
