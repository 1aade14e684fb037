// Computes the catalogue's price for an input. Null if any part of it is unknown, because a partial price would be
// wrong.

import type { PricingView } from "../../contract/models.ts";
import { type MicroUsd, microUsd } from "./micro-usd.ts";

/** The part of a model's input schema that prices need. */
interface Schema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
}

interface FieldSchema extends Schema {
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
}

interface Rate {
  readonly price: number;
  readonly per: number;
}

type Input = Readonly<Record<string, unknown>>;

/** The field with the length of the video in seconds. */
const DURATION = "duration";

/** No model makes a shorter video: the provider refuses a shorter duration, or makes a longer video. */
const MIN_SECONDS = 1;

/**
 * @param schema gives the defaults of fields that the input omits; null if it is unknown.
 * @returns null if the price is unknown, varies, or depends on something that the input does not state.
 */
export function estimateOf(pricing: PricingView | null, schema: Schema | null, input: Input): MicroUsd | null {
  const stated = (field: string) => plain(Object.hasOwn(input, field) ? input[field] : defaultOf(schema, field));
  const given = (field: string) => (field === DURATION && hasInnerDurations(schema, input) ? null : stated(field));
  switch (pricing?.kind) {
    case "fixed": {
      const amounts = pricing.units.map(({ measure, ...rate }) => amountOf(measure, rate, given));
      const isKnown = amounts.length > 0 && !amounts.includes(null);
      return isKnown ? microUsd(amounts.reduce<number>(plus, 0)) : null;
    }
    case "variants": {
      const amount = variantAmount(pricing, given);
      return amount === null ? null : microUsd(amount);
    }
    default:
      return null;
  }
}

type Plain = string | number | boolean;
type Given = (field: string) => Plain | null;
type Variants = Extract<PricingView, { readonly kind: "variants" }>;
type Variant = Variants["variants"][number];

/** Null for lists and objects: no price depends on them, and some objects cannot be converted to text. */
function plain(value: unknown): Plain | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** The value of a field that the input omits: its default, or its only possible value. */
function defaultOf(schema: Schema | null, field: string): unknown {
  const property = propertyOf(schema, field);
  return property?.default ?? (property?.enum?.length === 1 ? property.enum[0] : null);
}

function propertyOf(schema: Schema | null, field: string): FieldSchema | undefined {
  const properties = schema?.properties ?? {};
  return Object.hasOwn(properties, field) ? properties[field] : undefined;
}

/**
 * Whether a list or an object in the input has durations of its own, in the input or in the schema. An example is a
 * list of shots: the video is as long as all shots together, and the duration next to the list does not apply.
 */
function hasInnerDurations(schema: Schema | null, input: Input): boolean {
  return Object.entries(input)
    .filter(([, value]) => typeof value === "object" && value !== null)
    .some(([field, value]) => givesDuration(value) || describesDuration(propertyOf(schema, field)));
}

function givesDuration(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, inner]) => name === DURATION || givesDuration(inner));
}

function describesDuration(schema: FieldSchema | undefined): boolean {
  if (schema === undefined) return false;
  const { properties = {}, items, anyOf = [] } = schema;
  return Object.hasOwn(properties, DURATION) || [...Object.values(properties), items, ...anyOf].some(describesDuration);
}

/** In dollars. Null if a dimension is missing, no variant matches, or several match with different prices. */
function variantAmount({ dimensions, variants }: Variants, given: Given): number | null {
  const fields = new Set([...dimensions, ...variants.flatMap(({ when }) => Object.keys(when))]);
  if ([...fields].some((field) => given(field) === null)) return null;
  const amounts = mostSpecific(variants.filter(({ when }) => matches(when, given))).map(({ unit, ...rate }) =>
    amountOf(unit, rate, given),
  );
  const [amount = null] = amounts;
  return amounts.every((other) => other === amount) ? amount : null;
}

function matches(when: Variant["when"], given: Given): boolean {
  return Object.entries(when).every(([field, wanted]) => textOf(given(field)) === textOf(wanted));
}

/** Callers may send `"5"` or `5`, and `720P` or `720p`. */
function textOf(value: Plain | null): string {
  return String(value).toLowerCase();
}

/** The variants with the most conditions: one for `720p` with sound takes precedence over one for `720p`. */
function mostSpecific(variants: readonly Variant[]): readonly Variant[] {
  const conditions = variants.map(({ when }) => Object.keys(when).length);
  return variants.filter((_, at) => conditions[at] === Math.max(...conditions));
}

/** In dollars. Null if the input does not say how many units are billed. */
function amountOf(measure: string | null, { price, per }: Rate, given: Given): number | null {
  const count = countOf(measure, given);
  return count === null ? null : (count * price) / per;
}

function countOf(measure: string | null, given: Given): number | null {
  switch (measure?.toLowerCase()) {
    // A generation makes one video.
    case "video":
    case "videos":
      return 1;
    case "second":
    case "seconds":
      return secondsIn(given(DURATION));
    default:
      return null;
  }
}

/** Null if the duration is too short, or the provider chooses it: some models have `auto` or -1 for this. */
function secondsIn(duration: Plain | null): number | null {
  if (typeof duration === "boolean" || duration === null) return null;
  const seconds = typeof duration === "string" && !/^\d+(\.\d+)?$/.test(duration) ? Number.NaN : Number(duration);
  return seconds >= MIN_SECONDS && Number.isFinite(seconds) ? seconds : null;
}

function plus(sum: number, amount: number | null): number {
  return sum + (amount ?? 0);
}
