// What a form needs to know about a JSON Schema: the control for a value, and its initial value.

import { Upload } from "./upload.ts";

export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly format?: string;
  readonly contentMediaType?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly deprecated?: boolean;
}

/** How a value is edited. `schema` is the part of the field's schema that applies. */
export type Control =
  | { readonly kind: "text" | "number" | "group" | "pairs" | "json"; readonly schema: Schema }
  | { readonly kind: "choice"; readonly schema: Schema; readonly choices: readonly unknown[] }
  | { readonly kind: "list"; readonly schema: Schema; readonly items: Schema }
  /** Alternative objects. The field `by` has a different constant in each. */
  | { readonly kind: "variants"; readonly schema: Schema; readonly variants: readonly Schema[]; readonly by: string }
  /** Values of different kinds, such as one URL or a list of URLs. */
  | { readonly kind: "alternatives"; readonly schema: Schema; readonly controls: readonly Control[] };

export function controlOf(schema: Schema): Control {
  const shapes = shapesOf(schema);
  const by = shapes.length > 1 ? distinguishing(shapes) : undefined;
  if (by !== undefined) return { kind: "variants", schema, variants: shapes, by };
  const controls = differing(shapes.map(simpleControl));
  const [first] = controls;
  return controls.length === 1 && first !== undefined ? first : { kind: "alternatives", schema, controls };
}

/** One schema for each alternative. Null is not offered, because a form leaves the field out instead. */
function shapesOf({ anyOf, oneOf, ...rest }: Schema): readonly Schema[] {
  // Alternatives that only require different fields of the same object do not need a control each.
  const branches = [...(oneOf ?? []), ...(anyOf ?? [])].filter(saysKind);
  if (branches.length > 0) return branches.flatMap((branch) => shapesOf({ ...rest, ...branch }));
  const types = typesOf(rest);
  return types.length > 1 ? types.map((type) => ({ ...rest, type })) : [rest];
}

function saysKind(schema: Schema): boolean {
  const { properties, items, anyOf, oneOf } = schema;
  const others = [properties, items, anyOf, oneOf, schema.enum, schema.const];
  return typesOf(schema).length > 0 || others.some((each) => each !== undefined);
}

function typesOf({ type }: Schema): readonly string[] {
  return [type ?? []].flat().filter((each) => each !== "null");
}

function simpleControl(schema: Schema): Control {
  const [type] = typesOf(schema);
  const { items, properties, additionalProperties: others } = schema;
  const constants = schema.const === undefined ? schema.enum : [schema.const];
  const choices = constants?.filter((each) => each !== null);
  if (choices !== undefined) return { kind: "choice", schema, choices };
  if (type === "boolean") return { kind: "choice", schema, choices: [true, false] };
  if (type === "integer" || type === "number") return { kind: "number", schema };
  if (type === "string") return { kind: "text", schema };
  if (items !== undefined) return { kind: "list", schema, items };
  if (properties !== undefined) return { kind: "group", schema };
  const isPairs = typeof others === "object" && controlOf(others).kind === "text";
  return { kind: isPairs ? "pairs" : "json", schema };
}

/** Drops duplicate controls: two alternatives that are both entered as text need one text box. */
function differing(controls: readonly Control[]): readonly Control[] {
  const isTyped = (kind: string) => ["text", "number", "json"].includes(kind);
  return controls.filter(({ kind }, at) => !isTyped(kind) || controls.findIndex((each) => each.kind === kind) === at);
}

/** The field that has a different constant in each of the objects. */
function distinguishing(shapes: readonly Schema[]): string | undefined {
  return Object.keys(shapes[0]?.properties ?? {}).find((name) => {
    const constants = shapes.map(({ properties }) => constantOf(properties?.[name] ?? {}));
    return !constants.includes(undefined) && new Set(constants).size === shapes.length;
  });
}

export function constantOf(schema: Schema): unknown {
  return schema.const ?? (schema.enum?.length === 1 ? schema.enum[0] : undefined);
}

/** The variant that the value's field `by` names, or else the first. */
export function variantOf(variants: readonly Schema[], by: string, value: unknown): Schema {
  const kind = isObject(value) ? value[by] : undefined;
  return variants.find(({ properties }) => constantOf(properties?.[by] ?? {}) === kind) ?? variants[0] ?? {};
}

/** The value without fields that only other variants have, because the form has no control to remove them. */
export function withoutOtherVariants(variants: readonly Schema[], by: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  const own = new Set(Object.keys(variantOf(variants, by, value).properties ?? {}));
  const all = new Set(variants.flatMap(({ properties = {} }) => Object.keys(properties)));
  return Object.fromEntries(Object.entries(value).filter(([name]) => own.has(name) || !all.has(name)));
}

/** Whether a value has the type of this schema. Limits are checked by the API. */
export function fits(schema: Schema, value: unknown): boolean {
  return hasKind(controlOf(schema), value);
}

export function hasKind(control: Control, value: unknown): boolean {
  switch (control.kind) {
    case "text":
      return typeof value === "string" || (control.schema.format === "uri" && value instanceof Upload);
    case "number":
      return typeof value === "number";
    case "choice":
      return control.choices.includes(value);
    case "list":
      return Array.isArray(value) && value.every((each) => fits(control.items, each));
    case "group":
      return (
        isObject(value) && fieldsOf(control.schema).every(([name, own]) => !(name in value) || fits(own, value[name]))
      );
    case "pairs":
      return isObject(value) && Object.values(value).every((each) => typeof each === "string");
    case "variants":
      return control.variants.some((variant) => fits(variant, value));
    case "alternatives":
      return control.controls.some((each) => hasKind(each, value));
    case "json":
      return true;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The initial value of a required field: its only value, its default, or those parts of it that have one.
 */
export function initial(schema: Schema): unknown {
  const constant = constantOf(schema);
  if (constant !== undefined) return constant;
  if (schema.default !== undefined && fits(schema, schema.default)) return schema.default;
  const control = controlOf(schema);
  if (control.kind === "list") {
    const { minItems = 0 } = schema;
    return minItems === 0 ? undefined : Array.from({ length: Math.min(minItems, 10) }, () => newItem(control.items));
  }
  const object = control.kind === "variants" ? control.variants[0] : control.schema;
  if (control.kind !== "group" && control.kind !== "variants") return undefined;
  const parts = fieldsOf(object ?? {}).flatMap(([name, own]) => {
    const value = object?.required?.includes(name) ? initial(own) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

/** The value of a new item of a list. */
export function newItem(items: Schema): unknown {
  const control = controlOf(items);
  const [first = control] = control.kind === "alternatives" ? control.controls : [];
  if (first.kind === "choice") return initial(items) ?? first.choices[0];
  return (
    initial(items) ??
    ({ text: "", number: "", list: [] } as Partial<Record<Control["kind"], unknown>>)[first.kind] ??
    {}
  );
}

/** Required fields first, deprecated ones last, otherwise as in the schema. */
export function fieldsOf({ properties = {}, required = [] }: Schema): readonly (readonly [name: string, Schema])[] {
  const rank = ([name, { deprecated = false }]: [string, Schema]) => (deprecated ? 2 : required.includes(name) ? 0 : 1);
  return Object.entries(properties).sort((one, other) => rank(one) - rank(other));
}

export function withField(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  value: unknown,
): Record<string, unknown> {
  const { [name]: _, ...others } = fields;
  return value === undefined ? others : { ...fields, [name]: value };
}

/** The limits of a value in words. */
export function limitsOf(schema: Schema): readonly string[] {
  const { minLength, maxLength, minItems, maxItems, multipleOf, format } = schema;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, default: fallback } = schema;
  const isShown = fallback !== undefined && fallback !== null && typeof fallback !== "object" && fallback !== "";
  return [
    format === "uri" ? "an HTTPS URL or a data URI" : undefined,
    between(minimum, maximum, ""),
    exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`,
    exclusiveMaximum === undefined ? undefined : `less than ${exclusiveMaximum}`,
    multipleOf === undefined || multipleOf === 1 ? undefined : `a multiple of ${multipleOf}`,
    between(minItems, maxItems, " items"),
    minLength === undefined || minLength < 2 ? undefined : between(minLength, maxLength, " characters"),
    isShown ? `default ${fallback}` : undefined,
  ].filter((part) => part !== undefined);
}

function between(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least === undefined) return most === undefined ? undefined : `at most ${most}${unit}`;
  if (most === undefined) return `at least ${least}${unit}`;
  return least === most ? `exactly ${least}${unit}` : `${least} to ${most}${unit}`;
}
