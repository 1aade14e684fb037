// Reads the path and the input schema of a model from the provider's document, an OpenAPI description (3.0 or 3.1). The
// reader never throws.

import type { InputSchema } from "../core/models/input-schema.ts";
import { type ModelOperation, UNIVERSAL_PATH } from "../core/models/model.ts";
import { type Fields, fieldsOf } from "./json-fields.ts";
import { listIn } from "./json-text-fields.ts";
import { reduceSchema } from "./schema-reduction.ts";
import { alternativesIn, propertiesIn, schemaResolver } from "./schema-references.ts";

/** Real documents have one to three. */
const MAX_PATHS = 100;

/** Maximum number of models to read from a schema. */
const MAX_MODELS = 1_000;

const PATH = /^\/(?:[\w-]+\/)*[\w-]+$/;
const MAX_PATH_LENGTH = 200;

/**
 * @param id id of the model, because a document can describe several.
 * @returns null if this is not an OpenAPI document. `inputSchema` is null if the schema cannot be read.
 */
export function readOperation(document: unknown, id: string): ModelOperation | null {
  const root = fieldsOf(document);
  const described = fieldsOf(root?.["paths"]);
  if (root === null || described === null) return null;
  const resolve = schemaResolver(root);
  const bodyAt = (path: string): Fields | null => {
    if (!Object.hasOwn(described, path)) return null;
    return resolve(resolve(resolve(described[path])?.["post"])?.["requestBody"]);
  };
  const schemaAt = (path: string): Fields | null => {
    const content = fieldsOf(bodyAt(path)?.["content"]) ?? {};
    const type = Object.keys(content).find((name) => /^application\/json\s*(?:;|$)/i.test(name)) ?? "";
    return resolve(fieldsOf(content[type])?.["schema"]);
  };
  const paths = [...new Set([UNIVERSAL_PATH, ...Object.keys(described).slice(0, MAX_PATHS)])].filter(
    (each) => each.length <= MAX_PATH_LENGTH && PATH.test(each) && bodyAt(each) !== null,
  );
  const path = paths.find((each) => !isOfOthers(schemaAt(each), id)) ?? paths[0];
  if (path === undefined) return { path: UNIVERSAL_PATH, inputSchema: null };
  const schema = schemaAt(path);
  return { path, inputSchema: schema === null ? null : inputSchemaOf(schema, id, resolve) };
}

/** Whether a schema says which models it is for, and this is not one of them. */
function isOfOthers(schema: Fields | null, id: string): boolean {
  const models = schema && modelsIn(schema);
  return models !== null && !models.includes(id);
}

/** The values that a schema allows as the model. Null if it does not say. */
function modelsIn(schema: Fields): readonly unknown[] | null {
  const model = fieldsOf(propertiesIn(schema)?.["model"]);
  if (typeof model?.["const"] === "string") return [model["const"]];
  return Array.isArray(model?.["enum"]) ? listIn(model["enum"], MAX_MODELS) : null;
}

/** The schema of the model's own fields. */
function inputSchemaOf(schema: Fields, id: string, resolve: ReturnType<typeof schemaResolver>): InputSchema | null {
  const own = ofModel(schema, id, resolve);
  const reduced = reduceSchema(own, { resolve, without: "model" });
  const isObject = reduced?.type === "object" || reduced?.type === undefined;
  const saysSomething = reduced?.properties !== undefined || reduced?.anyOf !== undefined;
  return reduced !== null && isObject && saysSomething ? { type: "object", ...reduced } : null;
}

/** If the schema has an alternative for each model: its common part, with this model's alternative only. */
function ofModel(schema: Fields, id: string, resolve: ReturnType<typeof schemaResolver>): Fields {
  const { oneOf: _, anyOf: __, ...rest } = schema;
  const members = alternativesIn(schema).slice(0, MAX_MODELS).map(resolve);
  const own = members.find((member) => member && modelsIn(member)?.includes(id));
  return own == null ? schema : { allOf: [rest, own] };
}
