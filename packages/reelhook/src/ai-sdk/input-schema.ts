// Reads the JSON Schema of a model's input, as `GET /v1/models/{id}` returns it.

import type { JsonValue } from "./video-model.ts";

/** The keywords that decide which values a field takes. */
export interface InputSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly JsonValue[];
  readonly properties?: Readonly<Record<string, InputSchema>>;
  readonly additionalProperties?: boolean | InputSchema;
  readonly items?: InputSchema;
  readonly anyOf?: readonly InputSchema[];
  readonly contentMediaType?: string;
  readonly deprecated?: boolean;
}

/** The usual fields, for models whose schema is not known. */
export const USUAL_FIELDS: InputSchema = {
  type: "object",
  properties: {
    prompt: { type: "string" },
    image_url: { type: "string" },
    last_image_url: { type: "string" },
    image_urls: { type: "array", items: { type: "string" } },
    video_url: { type: "string" },
    resolution: { type: "string" },
    aspect_ratio: { type: "string" },
    duration: { type: "number" },
    fps: { type: "number" },
    seed: { type: "integer" },
    generate_audio: { type: "boolean" },
  },
};

export interface Field {
  readonly name: string;
  readonly schema: InputSchema;
}

/** The field with that name. If only alternatives of the schema describe it, the first of them that does. */
export function fieldOf(schema: InputSchema, name: string): InputSchema | undefined {
  const own = propertyOf(schema, name);
  if (own !== undefined && Object.keys(own).length > 0) return own;
  for (const alternative of schema.anyOf ?? []) {
    const described = fieldOf(alternative, name);
    if (described !== undefined) return described;
  }
  return own;
}

/** The first of the names that the schema has. Deprecated fields come last. */
export function firstField(schema: InputSchema, names: readonly string[]): Field | undefined {
  const fields = names.flatMap((name): Field[] => {
    const found = fieldOf(schema, name);
    return found === undefined ? [] : [{ name, schema: found }];
  });
  return fields.find((field) => field.schema.deprecated !== true) ?? fields[0];
}

export function isList({ type, items }: InputSchema): boolean {
  return type === undefined ? items !== undefined : [type].flat().includes("array");
}

/** Whether the field takes numbers, as far as its schema tells. */
export function isNumeric({ type, enum: values }: InputSchema): boolean {
  if (type !== undefined) return [type].flat().some((each) => each === "integer" || each === "number");
  return values === undefined || values.some((value) => typeof value === "number");
}

export function isText({ type }: InputSchema): boolean {
  return type === undefined || [type].flat().includes("string");
}

function propertyOf({ properties = {} }: InputSchema, name: string): InputSchema | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
