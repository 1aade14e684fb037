// Reduces a schema in an OpenAPI document (3.0 or 3.1) to an `InputSchema`. Keywords that are unknown, of the wrong
// type, or contradictory are left out, so that an unusual schema refuses too little rather than too much. `pattern` is
// also left out, because a hostile one takes forever to match.

import type { JsonValue } from "../core/json.ts";
import type { InputSchema, SchemaType } from "../core/models/input-schema.ts";
import { cutText } from "../core/text.ts";
import { type Fields, fieldsOf } from "./json-fields.ts";
import { boundsIn } from "./schema-bounds.ts";
import { alternativesIn, flattened, propertiesIn, type Resolve } from "./schema-references.ts";

/** Deeper schemas allow any value. Real ones have five levels. */
const MAX_DEPTH = 12;

/**
 * Larger schemas are not read, because a request can have thousands of values, each checked by many nodes. Required fields
 * count as nodes, too. Real schemas have at most 30 nodes, in 3 kB.
 */
const MAX_NODES = 500;
const MAX_JSON_LENGTH = 64 * 1024;

/**
 * Maximum number of alternatives (members of `anyOf` and `oneOf`) in a schema. Larger schemas are not read, because each item
 * of a list in a request may be compared with all of them. Real schemas have at most six.
 */
const MAX_ALTERNATIVES = 50;

/**
 * Maximum number of characters and fields to read. References in a small document can repeat a large schema thousands of
 * times.
 */
const MAX_STEPS = 1_000_000;

/** Maximum length of a list of types. There are seven types. */
const MAX_TYPES = 20;

const MAX_TEXT = 2_000;
const MAX_NAME = 200;
const MAX_EXAMPLES = 5;

const TYPES: ReadonlySet<unknown> = new Set(["string", "integer", "number", "boolean", "array", "object", "null"]);

export interface Reduction {
  readonly resolve: Resolve;
  /** A top-level field to leave out. Fields of nested objects with the same name stay. */
  readonly without: string;
}

/** @returns null if the schema is too large, or not a schema. */
export function reduceSchema(schema: unknown, { resolve, without }: Reduction): InputSchema | null {
  const reducer = new Reducer(resolve);
  try {
    const reduced = reducer.reduce(schema, { depth: 0, without, isClosed: true });
    return JSON.stringify(reduced).length > MAX_JSON_LENGTH ? null : reduced;
  } catch (cause) {
    // Too large, or a value nested too deeply for JSON.stringify.
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

interface Place {
  readonly depth: number;
  readonly without: string | null;
  /** Whether unknown fields are refused if the schema does not specify it. */
  readonly isClosed: boolean;
}

class Reducer {
  readonly #resolve: Resolve;
  #nodes = 0;
  #alternativesSeen = 0;
  #length = 0;
  #steps = 0;

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  reduce(value: unknown, place: Place): InputSchema {
    this.#node();
    const schema = place.depth > MAX_DEPTH ? null : flattened(value, this.#resolve, (steps) => this.#step(steps));
    if (schema === null) return {};
    const { types, isNullable } = typesIn(schema);
    const alternatives = this.#alternatives(schema, place, isNullable && types.length === 0);
    const properties = this.#properties(schema, alternatives, place);
    const values = this.#valuesIn(schema, types, isNullable);
    const isBareNull =
      isNullable && types.length === 0 && alternatives === null && properties === null && values === null;
    const allTypes: readonly SchemaType[] = isBareNull || (isNullable && types.length > 0) ? [...types, "null"] : types;
    const [type] = allTypes;
    return {
      ...(type === undefined ? {} : { type: allTypes.length === 1 ? type : allTypes }),
      ...(values === null ? {} : { enum: values }),
      ...(properties === null ? {} : { properties }),
      ...this.#required(schema, place),
      ...this.#others(schema, properties !== null && place.isClosed, place),
      ...(fieldsOf(schema["items"]) !== null ? { items: this.reduce(schema["items"], inside(place)) } : {}),
      ...(alternatives === null ? {} : { anyOf: alternatives }),
      ...boundsIn(schema),
      ...this.#words(schema, types, values),
    };
  }

  #alternatives(schema: Fields, place: Place, orNull: boolean): readonly InputSchema[] | null {
    const members = alternativesIn(schema);
    if (members.length === 0) return null;
    this.#alternativesSeen += members.length;
    if (this.#alternativesSeen > MAX_ALTERNATIVES) throw tooLarge();
    // The alternatives do not name the fields of the schema itself.
    const isClosed = place.isClosed && propertiesIn(schema) === null;
    const reduced = members.map((member) => this.reduce(member, { ...place, depth: place.depth + 1, isClosed }));
    // An empty alternative accepts any value. Next to properties of the schema itself, the others still name known fields.
    const isAny = reduced.some((member) => Object.keys(member).length === 0);
    if (isAny && propertiesIn(schema) === null) return null;
    return orNull ? [...reduced, { type: "null" }] : reduced;
  }

  /**
   * The schema's own properties, and those of its alternatives, which are any value here: the alternatives check them.
   */
  #properties(schema: Fields, alternatives: readonly InputSchema[] | null, place: Place) {
    const own = propertiesIn(schema);
    if (own === null) return null;
    const properties = new Map<string, InputSchema>();
    for (const name in own) {
      this.#count(name.length);
      if (isName(name) && name !== place.without) properties.set(name, this.reduce(own[name], inside(place)));
    }
    for (const alternative of alternatives ?? []) {
      for (const name of Object.keys(alternative.properties ?? {})) {
        if (!properties.has(name)) properties.set(name, {});
      }
    }
    return properties.size === 0 ? null : Object.fromEntries(properties);
  }

  #required(schema: Fields, { without }: Place): Pick<InputSchema, "required"> {
    const listed: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
    const names = listed.filter((name) => typeof name === "string" && isName(name) && name !== without) as string[];
    for (const name of names) {
      this.#node();
      this.#count(name.length);
    }
    return names.length === 0 ? {} : { required: [...new Set(names)] };
  }

  #others(
    { additionalProperties: said }: Fields,
    isClosed: boolean,
    place: Place,
  ): Pick<InputSchema, "additionalProperties"> {
    if (typeof said === "boolean") return { additionalProperties: said };
    if (fieldsOf(said) !== null) return { additionalProperties: this.reduce(said, inside(place)) };
    return isClosed ? { additionalProperties: false } : {};
  }

  /** The values that `enum` or `const` allows. Null if none is of the schema's types. */
  #valuesIn(schema: Fields, types: readonly SchemaType[], isNullable: boolean): readonly JsonValue[] | null {
    const listed = Object.hasOwn(schema, "const") ? [schema["const"]] : schema["enum"];
    if (!Array.isArray(listed)) return null;
    for (const value of listed) this.#count(JSON.stringify(value).length + 1);
    const read = listed.map((value) => readValue(value, types));
    const values = [...new Set(read.filter((value) => isOf(value, types)))];
    if (values.length === 0) return null;
    return isNullable && !values.includes(null) ? [...values, null] : values;
  }

  /** The keywords for display and for forms. */
  #words(schema: Fields, types: readonly SchemaType[], values: readonly JsonValue[] | null) {
    const { format, contentMediaType, title, description, deprecated } = schema;
    const text = (name: string, value: unknown, most: number) => {
      if (typeof value !== "string" || value === "") return {};
      this.#count(Math.min(value.length, most));
      return { [name]: cutText(value, most) };
    };
    const fallback = Object.hasOwn(schema, "default") ? this.#value(schema["default"], types) : undefined;
    const isDefault = fallback !== undefined && (values === null || isPart(fallback, values));
    const listed = Array.isArray(schema["examples"]) ? schema["examples"].slice(0, MAX_EXAMPLES) : [schema["example"]];
    const examples = listed.map((each) => this.#value(each, types)).filter((each) => each !== undefined);
    return {
      ...text("format", format, 50),
      ...text("contentMediaType", contentMediaType, 100),
      ...text("title", title, MAX_NAME),
      ...text("description", description, MAX_TEXT),
      ...(isDefault ? { default: fallback } : {}),
      ...(examples.length === 0 ? {} : { examples }),
      ...(deprecated === true ? { deprecated } : {}),
    };
  }

  /** A default or an example; undefined if it is of another type or too long. */
  #value(value: unknown, types: readonly SchemaType[]): JsonValue | undefined {
    if (value === undefined || (typeof value === "string" && value.length > MAX_TEXT)) return undefined;
    const read = readValue(value, types);
    const { length } = JSON.stringify(read);
    this.#step(length);
    if (length > MAX_TEXT || !isOf(read, types)) return undefined;
    this.#count(length);
    return read;
  }

  #node(): void {
    if (++this.#nodes > MAX_NODES) throw tooLarge();
  }

  /** Counts characters, so that a small document cannot become a huge schema. @throws RangeError */
  #count(length: number): void {
    this.#length += length;
    if (this.#length > MAX_JSON_LENGTH) throw tooLarge();
  }

  /** Counts work, so that a small document cannot take long to read. @throws RangeError */
  #step(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw tooLarge();
  }
}

function tooLarge(): RangeError {
  return new RangeError("the schema is too large");
}

function inside({ depth }: Place): Place {
  return { depth: depth + 1, without: null, isClosed: true };
}

/** Excludes names such as `__proto__`, which every object inherits. */
function isName(name: string): boolean {
  return name.length <= MAX_NAME && !(name in Object.prototype);
}

function typesIn(schema: Fields): { readonly types: readonly SchemaType[]; readonly isNullable: boolean } {
  const named: readonly unknown[] = Array.isArray(schema["type"])
    ? schema["type"].slice(0, MAX_TYPES)
    : [schema["type"]];
  const told = new Set(named.filter((type): type is SchemaType => TYPES.has(type)));
  const isNullable = schema["nullable"] === true || (told.has("null") && told.size > 1);
  if (isNullable && told.size === 0 && propertiesIn(schema) !== null) told.add("object");
  if (isNullable && told.size === 0 && fieldsOf(schema["items"]) !== null) told.add("array");
  return { types: [...told].filter((type) => type !== "null" || !isNullable), isNullable };
}

/** Turns text into a number where the schema wants one: the provider writes some numbers as text. */
function readValue(value: unknown, types: readonly SchemaType[]): JsonValue {
  const isNumber = types.includes("integer") || types.includes("number");
  const isText = typeof value === "string" && value.length <= MAX_NAME && /^-?\d+(\.\d+)?$/.test(value);
  return isText && isNumber && !types.includes("string") ? Number(value) : (value as JsonValue);
}

/** @param types if empty, any type will do. */
function isOf(value: JsonValue, types: readonly SchemaType[]): boolean {
  // JSON such as 1e999 is read as infinity, which would be written as null.
  if (typeof value === "number" && !Number.isFinite(value)) return false;
  return types.length === 0 || types.some((type) => isOfType(value, type));
}

function isOfType(value: JsonValue, type: SchemaType): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isPart(value: JsonValue, values: readonly JsonValue[]): boolean {
  const text = JSON.stringify(value);
  return values.some((each) => JSON.stringify(each) === text);
}
