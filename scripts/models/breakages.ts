// Makes inputs from a schema: valid ones, and broken ones that violate one rule each.

import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { InputSchema } from "../../src/core/models/input-schema.ts";
import { fits } from "./fits.ts";
import { sampleOf, withoutAlternatives } from "./samples.ts";

export const KINDS = ["type", "enum", "bound", "required", "unknown"] as const;

export interface Breakage {
  readonly kind: (typeof KINDS)[number];
  readonly input: JsonObject;
  /** JSON Pointer to the invalid or missing field. */
  readonly pointer: string;
}

export interface Inputs {
  /** One with only the required fields, and ones with every field, for each alternative. */
  readonly valid: readonly JsonObject[];
  readonly broken: readonly Breakage[];
}

/** @param schema of an object. */
export function inputsOf(schema: InputSchema): Inputs {
  const maker = new Maker(schema);
  maker.visit({ schema, pointer: "", put: (value) => value });
  const valid = [sampleOf(schema, "least"), ...maker.valid].filter(isObject);
  const unique = new Map(valid.map((input) => [JSON.stringify(input), input]));
  return { valid: [...unique.values()], broken: maker.broken };
}

/** A place in the input. */
interface Place {
  readonly schema: InputSchema;
  readonly pointer: string;
  /** The whole input with this value at this place. */
  put(value: JsonValue): JsonValue;
}

class Maker {
  readonly valid: JsonObject[] = [];
  /** By their JSON: alternatives can break in the same way. */
  readonly #broken = new Map<string, Breakage>();
  readonly #whole: InputSchema;

  constructor(whole: InputSchema) {
    this.#whole = whole;
  }

  get broken(): Breakage[] {
    return [...this.#broken.values()];
  }

  visit(place: Place): void {
    const { schema } = place;
    const alternatives = withoutAlternatives(schema);
    this.#breakType(place);
    for (const alternative of alternatives) this.visit({ ...place, schema: alternative });
    if (alternatives.length > 0) return;
    const sample = sampleOf(schema, "full");
    const values = [schema.type].flat().includes("null") ? [sample, null] : [sample];
    this.valid.push(...values.map((value) => place.put(value)).filter(isObject));
    this.#breakEnum(place);
    this.#breakBounds(place, sample);
    if (Array.isArray(sample)) this.#visitItems(place, sample);
    else if (isObject(sample)) this.#visitFields(place, sample);
  }

  /** Skips values that another alternative allows. */
  #add(kind: Breakage["kind"], { put, pointer }: Place, value: JsonValue, name?: string): void {
    const input = put(value);
    if (!isObject(input) || fits(input, this.#whole)) return;
    const at = name === undefined ? pointer : `${pointer}/${escaped(name)}`;
    const breakage: Breakage = { kind, input, pointer: at };
    this.#broken.set(JSON.stringify(breakage), breakage);
  }

  #breakType(place: Place): void {
    const { type, anyOf } = place.schema;
    if ((type === undefined && anyOf === undefined) || place.pointer === "") return;
    const sample = sampleOf(place.schema, "full");
    const others = [typeof sample === "number" ? String(sample) : 5, true, [], {}, null, "a"];
    const wrong = others.find((each) => typeof each !== typeof sample && !fits(place.put(each), this.#whole));
    if (wrong !== undefined) this.#add("type", place, wrong);
    if (typeof sample === "number" && [type].flat().includes("integer")) this.#add("type", place, sample + 0.5);
  }

  #breakEnum(place: Place): void {
    const { enum: values = [] } = place.schema;
    const [first] = values;
    if (first === undefined) return;
    const numbers = values.filter((value) => typeof value === "number");
    this.#add("enum", place, typeof first === "number" ? Math.max(...numbers) + 1 : `${first}-broken`);
  }

  #breakBounds(place: Place, sample: JsonValue): void {
    const { schema } = place;
    const add = (value: JsonValue) => this.#add("bound", place, value);
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (typeof sample === "number") {
      if (minimum !== undefined) add(minimum - 1);
      if (maximum !== undefined) add(maximum + 1);
      if (exclusiveMinimum !== undefined) add(exclusiveMinimum);
      if (exclusiveMaximum !== undefined) add(exclusiveMaximum);
      if (multipleOf !== undefined) add(sample + multipleOf / 2);
    }
    const { minLength = 0, maxLength, format, minItems = 0, maxItems, items = {} } = schema;
    if (typeof sample === "string") {
      if (format === "uri") add("not a URL");
      else if (minLength > 0) add("a".repeat(minLength - 1));
      if (maxLength !== undefined) add(`${format === "uri" ? "https://example.com/" : ""}${"a".repeat(maxLength + 1)}`);
    }
    if (Array.isArray(sample)) {
      const list = (length: number) => Array.from({ length }, () => sampleOf(items, "least"));
      if (minItems > 0) add(list(minItems - 1));
      if (maxItems !== undefined) add(list(maxItems + 1));
    }
  }

  #visitItems({ schema, pointer, put }: Place, sample: readonly JsonValue[]): void {
    if (schema.items === undefined || sample.length === 0) return;
    const last = sample.length - 1;
    this.visit({
      schema: schema.items,
      pointer: `${pointer}/${last}`,
      put: (value) => put([...sample.slice(0, last), value]),
    });
  }

  #visitFields(place: Place, sample: JsonObject): void {
    const { properties = {}, required = [], additionalProperties } = place.schema;
    for (const name of required) {
      const broken = without(sample, name);
      // If alternatives require different fields, the input breaks only when none of these is present.
      const isEnough = !fits(place.put(broken), this.#whole);
      this.#add("required", place, isEnough ? broken : without(leastOf(place.schema), name), name);
    }
    if (additionalProperties === false) this.#add("unknown", place, { ...sample, not_a_field: 1 }, "not_a_field");
    for (const [name, schema] of Object.entries(properties)) {
      this.visit({
        schema,
        pointer: `${place.pointer}/${escaped(name)}`,
        put: (value) => place.put({ ...sample, [name]: value }),
      });
    }
  }
}

function leastOf(schema: InputSchema): JsonObject {
  const least = sampleOf(schema, "least");
  return isObject(least) ? least : {};
}

function without(fields: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For a JSON Pointer. */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
