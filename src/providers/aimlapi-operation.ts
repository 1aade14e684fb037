// Reads the path and the input schema of a model from the provider's document, an OpenAPI description (3.0 or 3.1). The
// reader never throws.

import type { InputSchema } from "../core/models/input-schema.ts";
import { type ModelOperation, UNIVERSAL_PATH } from "../core/models/model.ts";
import { type Fields, fieldsOf } from "./json-fields.ts";
import { reduceSchema } from "./schema-reduction.ts";
import { alternativesIn, propertiesIn, schemaResolver } from "./schema-references.ts";

/** Real documents have one to three. */
const MAX_PATHS = 100;

const PATH = /^\/(?:[\w-]+\/)*[\w-]+$/;
const MAX_PATH_LENGTH = 200;

/**
 * @param id id of the model, because a document can describe several.
 * @returns null if this is not an OpenAPI document. `inputSchema` is null if the schema cannot be read.
 */
export function readOperation(document: unknown, id: string): ModelOperation | null {
  const root = fieldsOf(document);
  const paths = fieldsOf(root?.["paths"]);
  if (root === null || paths === null) return null;
  const resolve = schemaResolver(root);
  const bodyAt = (path: string): Fields | null => {
    if (!Object.hasOwn(paths, path)) return null;
    return fieldsOf(resolve(fieldsOf(resolve(paths[path]))?.["post"])?.["requestBody"]);
  };
  const path = [UNIVERSAL_PATH, ...Object.keys(paths).slice(0, MAX_PATHS)].find(
    (each) => PATH.test(each) && each.length <= MAX_PATH_LENGTH && bodyAt(each) !== null,
  );
  if (path === undefined) return { path: UNIVERSAL_PATH, inputSchema: null };
  const content = fieldsOf(resolve(bodyAt(path))?.["content"]) ?? {};
  const type = Object.keys(content).find((name) => /^application\/json(?:;|$)/i.test(name)) ?? "";
  const schema = resolve(fieldsOf(content[type])?.["schema"]);
  return { path, inputSchema: schema === null ? null : inputSchemaOf(schema, id, resolve) };
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
  const members = alternativesIn(schema).map(resolve);
  const own = members.find((member) => {
    const models = member && fieldsOf(propertiesIn(member)?.["model"])?.["enum"];
    return Array.isArray(models) && models.includes(id);
  });
  return own == null ? schema : { allOf: [rest, own] };
}
