// Follows references within an OpenAPI document, and merges `allOf`.

import { type Fields, fieldsOf } from "./json-fields.ts";

/** Maximum length of a chain of references, and depth of nested `allOf`. */
const MAX_HOPS = 10;

/** Longer references are not followed. */
const MAX_REFERENCE = 1_000;

/** Maximum number of schemas merged into one. */
const MAX_MERGED = 50;

/** Returns the object that a value is, or refers to with `$ref`; null if there is none. */
export type Resolve = (value: unknown) => Fields | null;

/** @param root the document. References to other documents are not followed. */
export function schemaResolver(root: Fields): Resolve {
  return function resolve(value) {
    let fields = fieldsOf(value);
    for (let hop = 0; fields !== null && typeof fields["$ref"] === "string"; hop++) {
      if (hop === MAX_HOPS) return null;
      fields = fieldsOf(at(root, fields["$ref"]));
    }
    return fields;
  };
}

/** Follows a JSON pointer: https://www.rfc-editor.org/rfc/rfc6901 */
function at(root: Fields, reference: string): unknown {
  if (!reference.startsWith("#/") || reference.length > MAX_REFERENCE) return undefined;
  let value: unknown = root;
  for (const part of reference.slice(2).split("/", 20)) {
    const name = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Fields)[name];
  }
  return value;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The members of `anyOf`, or of `oneOf`, which is treated like `anyOf`. */
export function alternativesIn(schema: Fields): readonly unknown[] {
  const members = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(members) ? members : [];
}

export function propertiesIn(schema: Fields): Fields | null {
  return fieldsOf(schema["properties"]);
}

/** The keywords that are read. Others are left out before schemas are merged. */
const KEYWORDS = [
  ...["type", "nullable", "enum", "const", "properties", "required", "additionalProperties", "items", "anyOf", "oneOf"],
  ...["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  ...[
    "multipleOf",
    "format",
    "contentMediaType",
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
  ],
];

/**
 * A schema with the target of its `$ref` and the members of its `allOf` merged into it. Null if it is not a schema.
 *
 * @param step called with the number of fields before they are read. It may throw to stop.
 */
export function flattened(value: unknown, resolve: Resolve, step: (steps: number) => void): Fields | null {
  let merged: Fields = {};
  let count = 0;
  const add = (member: unknown, depth: number): void => {
    const schema = fieldsOf(member);
    if (schema === null || count === MAX_MERGED || depth > MAX_HOPS) return;
    count++;
    step(fieldCount(schema) + fieldCount(merged));
    merged = both(merged, schema);
    // OpenAPI 3.1 allows fields beside a reference.
    if (typeof schema["$ref"] === "string") add(resolve(schema), depth + 1);
    const { allOf } = schema;
    if (Array.isArray(allOf)) for (const each of allOf.slice(0, MAX_MERGED)) add(each, depth + 1);
  };
  add(value, 0);
  return count === 0 ? null : merged;
}

/** Properties and required names, which are copied when schemas are merged. */
function fieldCount(schema: Fields): number {
  const { required } = schema;
  return Object.keys(propertiesIn(schema) ?? {}).length + (Array.isArray(required) ? required.length : 0);
}

/** Both schemas in one. If they differ in a keyword, the first takes precedence. */
function both(one: Fields, other: Fields): Fields {
  const merged: Record<string, unknown> = {};
  for (const name of KEYWORDS) {
    const said = [one, other].find((schema) => Object.hasOwn(schema, name));
    if (said !== undefined) merged[name] = said[name];
  }
  const [fields, others] = [propertiesIn(one), propertiesIn(other)];
  if (fields !== null && others !== null) merged["properties"] = { ...others, ...fields };
  const required = [one["required"], other["required"]].filter(Array.isArray).flat();
  if (required.length > 0) merged["required"] = required;
  return merged;
}
