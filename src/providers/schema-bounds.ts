// Reads the bounds of a schema: for lengths, numbers of items, and numbers. Bounds that no value can meet are left out.

import type { InputSchema } from "../core/models/input-schema.ts";
import type { Fields } from "./json-fields.ts";

type Bounds = Pick<
  InputSchema,
  | "minLength"
  | "maxLength"
  | "minItems"
  | "maxItems"
  | "minimum"
  | "maximum"
  | "exclusiveMinimum"
  | "exclusiveMaximum"
  | "multipleOf"
>;

export function boundsIn(schema: Fields): Bounds {
  const { multipleOf: step } = schema;
  return {
    ...counts(schema, "minLength", "maxLength"),
    ...counts(schema, "minItems", "maxItems"),
    ...range(schema),
    ...(isNumber(step) && step > 0 ? { multipleOf: step } : {}),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function counts(schema: Fields, least: keyof Bounds, most: keyof Bounds): Bounds {
  const [min, max] = [schema[least], schema[most]];
  if (isCount(min) && isCount(max) && min > max) return {};
  return { ...(isCount(min) ? { [least]: min } : {}), ...(isCount(max) ? { [most]: max } : {}) };
}

/** In OpenAPI 3.0, `exclusiveMinimum: true` means that `minimum` itself is not allowed. */
function range(schema: Fields): Bounds {
  const low = limit(schema, "minimum", "exclusiveMinimum");
  const high = limit(schema, "maximum", "exclusiveMaximum");
  const { minimum = -Infinity, exclusiveMinimum = -Infinity } = low;
  const { maximum = Infinity, exclusiveMaximum = Infinity } = high;
  const isPossible =
    minimum <= maximum && Math.max(minimum, exclusiveMinimum) < exclusiveMaximum && exclusiveMinimum < maximum;
  return isPossible ? { ...low, ...high } : {};
}

function limit(
  schema: Fields,
  name: "minimum" | "maximum",
  exclusive: "exclusiveMinimum" | "exclusiveMaximum",
): Bounds {
  const [bound, excluded] = [schema[name], schema[exclusive]];
  if (excluded === true) return isNumber(bound) ? { [exclusive]: bound } : {};
  return { ...(isNumber(bound) ? { [name]: bound } : {}), ...(isNumber(excluded) ? { [exclusive]: excluded } : {}) };
}
